"""What the commands of `photoguard consent` share: options, and how what is typed is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from ..errors import UsageError
from .run_options import PracticeHome

if TYPE_CHECKING:
    from ..consent.registry import Registry
    from ..home import Home

HomeDir = PracticeHome
Url = Annotated[
    str | None,
    typer.Option(
        "--registry", metavar="URL", help="A PostgreSQL database that several workstations share.",
        show_default="a file in the practice's folder",
    ),
]  # fmt: skip
Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="As printed by `add` and `list`.", show_default=False)]
Channels = Annotated[
    list[str], typer.Option(metavar="NAME,...", help="messenger, social-media, website, journal, slides.")
]
PatientKey = Annotated[
    str, typer.Option(metavar="KEY", help="The practice's key for the patient; system|value for another's.")
]


class SeveralPhotos(TyperCommand):
    """`--photos A B C`, as a shell's `--photos *.jpg` gives it, besides `--photos A --photos B`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        """Give each photo an option of its own."""
        spread: list[str] = []
        in_photos = False
        for arg in args:
            in_photos = arg == "--photos" or (in_photos and not arg.startswith("-"))
            if arg != "--photos":
                spread += ["--photos", arg] if in_photos else [arg]
        return super().parse_args(ctx, spread)


def practice_of(home: Path | None, url: str | None, *, read_only: bool = False) -> tuple[Home, Registry]:
    """The practice's folder and its registry."""
    from ..consent.registry import Registry
    from ..home import Home

    practice = Home.at(home, url)
    return practice, Registry(practice, read_only=read_only)


def write_down(practice: Home, event: str, record: str, **details: str | None) -> None:
    """An entry of the audit log."""
    from ..audit import AuditLog

    AuditLog(practice).append(event, {"record": record, **details})


def listed(said: list[str]) -> list[str]:
    """Names with commas between, as a list."""
    return [name.strip() for text in said for name in text.split(",") if name.strip()]


def day(said: str) -> date:
    """A date as 2026-11-01. Raises UsageError (DATE_INVALID)."""
    try:
        # fromisoformat alone would take 20261101 and 2026-W44-7 as well
        if len(said) == 10 and said[4] == said[7] == "-":
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise UsageError("DATE_INVALID", "Write dates as year-month-day, for instance 2026-11-01.")


def sha256_of(file: Path) -> str:
    """SHA-256 (hex) of a photo. Raises UsageError (PHOTO_NOT_FOUND)."""
    from ..store import sha256

    try:
        return sha256(file)
    except OSError:
        raise UsageError(
            "PHOTO_NOT_FOUND", "One of the two photos can't be opened. Check the names."
        ) from None
