"""`photoguard consent trust`: whom the practice trusts to vouch for digital signatures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .consent_options import HomeDir


def trust(
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="FILE",
            help="An authority's root certificate, or its revocation list (.crl). Without it: who is trusted.",
            show_default=False,
        ),
    ] = None,
    home: HomeDir = None,
) -> None:
    """Trust an authority that vouches for whoever signs forms digitally. Until then nobody's signature counts."""
    from ..extra import extra
    from ..home import Home
    from .table import show

    with extra("Checking digitally signed PDFs"):
        from ..consent.proof import trust as trusted
    practice = Home.at(home)
    if file is not None:
        trusted.trust(practice, file)
    found = trusted.Trust.of(practice)
    rows = [
        (one.subject.human_friendly, f"{one.not_valid_after:%Y-%m-%d}", one.sha256.hex())
        for one in found.roots
    ]
    show(("Authority", "Until", "SHA-256"), rows)
    if found.crls:
        typer.echo(f"Revocation lists: {len(found.crls)}.")
