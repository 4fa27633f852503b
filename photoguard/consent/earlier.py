"""Records as photoguard 0.1 wrote them first (version 1). They are kept as they are and read as today's.

They said less: whether the patient could judge, which statements were ticked and in which language stand in
none of them. They are read as not saying so, and the gate asks for it.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from ..policy import Channel, Purpose
from . import record as today
from .record import Instant, Sha256


def _sorted_once(values: tuple[str, ...]) -> tuple[str, ...]:
    if list(values) != sorted(set(values)):
        raise ValueError("must be sorted, each value once")
    return values


class RecordV1(BaseModel):
    """A record of version 1. Its days began and ended at midnight where the computer was."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: str = Field(pattern=r"^C-[A-Z2-7]{10}$")
    version: Literal[1] = 1
    patient: str = Field(min_length=1, max_length=200)
    photos: Annotated[tuple[Sha256, ...], AfterValidator(_sorted_once)]
    purposes: Annotated[tuple[Purpose, ...], AfterValidator(_sorted_once)]
    channels: Annotated[tuple[Channel, ...], AfterValidator(_sorted_once)]
    grantor: today.GrantorRole
    signed_on: date | None = None
    valid_from: date | None = None
    valid_until: date | None = None
    attested_by: str | None = Field(default=None, max_length=200)
    attested_at: Instant | None = None
    form_sha256: Sha256 | None = None
    form_suffix: str = Field(default="", pattern=r"^(\.[a-z0-9]{1,8})?$")

    def upgraded(self) -> today.ConsentRecord:
        """The same in today's shape, under its own id.

        Raises ValueError where it does not fit its id, or what it says has no place in today's shape.
        """
        if today.content_id(self.model_dump(mode="json", exclude={"id"})) != self.id:
            raise ValueError("the record was changed")
        scan, form = None, None
        if self.form_sha256:
            form = today.Form(sha256=self.form_sha256, suffix=self.form_suffix)
            scan = today.AttestedScan(
                form_sha256=self.form_sha256, attested_by=self.attested_by, attested_at=self.attested_at
            )
        return today.ConsentRecord(
            id=self.id,
            patient=today.PersonKey(system=today.PRACTICE, value=self.patient),
            photos=today.in_order(today.CoveredPhoto(sha256=sha256) for sha256 in self.photos),
            uses=today.in_order(
                today.Use(purpose=purpose, channel=channel)
                for purpose in self.purposes
                for channel in self.channels
            ),
            grantor=today.Grantor(role=self.grantor),
            signed_at=today.day_begins(self.signed_on) if self.signed_on else None,
            valid_from=today.day_begins(self.valid_from) if self.valid_from else None,
            valid_until=today.day_ends(self.valid_until) if self.valid_until else None,
            form=form,
            proof=scan,
        )

    def canonical(self) -> str:
        """The record as JSON that is the same wherever it is written."""
        return today.canonical(self.model_dump(mode="json"))
