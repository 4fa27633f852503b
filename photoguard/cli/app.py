"""`photoguard app`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from ..home import Home
from .run_options import PracticeHome


def app(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PHOTO", help="Photos and folders to clean at once.")
    ] = None,
    home: PracticeHome = None,
) -> None:
    """Open the window: drop photos on it, see what was found, and get files you may send."""
    try:
        from ..desktop import app as desktop
    except ImportError:
        raise UsageError(
            "DESKTOP_MISSING", "The window is not installed. Run: pip install 'photoguard[desktop]'"
        ) from None
    raise typer.Exit(desktop.start(paths or (), Home.at(home) if home else None))
