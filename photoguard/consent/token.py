"""What an allow is worth: minutes, for these two files, this channel, this record as it stands."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

from ..policy import Channel, Purpose
from .record import Instant, Sha256
from .signing import PracticeKey, Signature


class Token(BaseModel):
    """An allow, signed by the practice. Whoever sends asks `admits` with the bytes that are about to leave."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    before: Sha256
    """Of the outgoing file, not of the original."""
    after: Sha256
    channel: Channel
    purpose: Purpose
    outlet: str | None = None
    record: str
    revision: Sha256
    """Of the record, see Held.revision: whatever happens to it makes the token void."""
    issued_at: Instant
    expires_at: Instant
    signature: Signature | None = None

    @classmethod
    def issue(cls, key: PracticeKey, minutes: int, **says: Any) -> Self:
        """A signed token that holds for so many minutes from `issued_at` on."""
        says["expires_at"] = says["issued_at"] + timedelta(minutes=minutes)
        draft = cls(**says)
        return draft.model_copy(update={"signature": key.sign(draft._payload())})

    def admits(
        self, key: PracticeKey, before: str, after: str, channel: Channel, revision: str, now: datetime
    ) -> bool:
        """Whether these files may leave through this channel now. `revision` is the record's at this moment."""
        return (
            self.signature is not None
            and key.verify(self._payload(), self.signature)
            and (self.before, self.after, self.channel) == (before, after, channel)
            and self.revision == revision
            and self.issued_at <= now < self.expires_at
        )

    def _payload(self) -> dict[str, Any]:
        return {"type": "allow", **self.model_dump(mode="json", exclude={"signature"})}
