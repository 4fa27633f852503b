"""Options that several commands share: those of a run, and where the practice's folder is.

What can't be read is told of by the library, by a code and without its name: `readable=False` leaves that to it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Out = Annotated[
    str,
    typer.Option("--out", metavar="DIR", help="Where to write. Its folder `released` is the one to share."),
]
For = Annotated[
    str,
    typer.Option(
        "--for",
        metavar="CHANNEL",
        help="messenger, social-media, website, journal, slides or internal.",
        show_default="social-media, the strictest",
    ),
]
Manifest = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.csv", help="file,patient,pair,role,side,taken_at,keep per photo.", readable=False
    ),
]
PolicyFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE.toml", help="What to do differently from the channel's preset.", readable=False
    ),
]
PhotoSize = Annotated[
    str | None,
    typer.Option(
        "--size",
        metavar="SIZE",
        help="How large photos may leave: original, large (2048 pixels), medium (1600) or small (1280).",
        show_default="original, or the policy file's",
    ),
]
PracticeHome = Annotated[
    Path | None,
    typer.Option(
        "--home", metavar="DIR", help="The practice's folder: consents, audit log, key.", readable=False
    ),
]
Jobs = Annotated[
    int | None, typer.Option(min=1, metavar="N", help="Photos at once.", show_default="one per core")
]
