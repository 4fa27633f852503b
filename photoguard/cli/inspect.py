"""`photoguard inspect`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from ..api import Inspection


def inspect(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Photos.", readable=False, show_default=False)
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Say what a file and its picture would give away. Writes nothing.

    Exit code: 0 all were looked at, 5 one can't be read.
    """
    import photoguard

    from ..errors import UnreadablePhoto
    from .language import in_short

    told: list[dict[str, Any]] = []
    failed = False
    for file in files:
        try:
            seen = photoguard.inspect(file)
        except UnreadablePhoto as error:
            failed = True
            told.append({"file": str(file), "error": error.code})
            if not as_json:
                typer.echo(f"{_name(file)}\n  {in_short(error.code)}\n")
            continue
        told.append({"file": str(file), **_plain(seen)})
        if not as_json:
            _show(file, seen)
    if as_json:
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    raise typer.Exit(5 if failed else 0)


def _plain(seen: Inspection) -> dict[str, Any]:
    return {
        "container": seen.container.value,
        "size": list(seen.size),
        "file_tells": [
            {"about": told.about, "where": told.where, "value": told.value} for told in seen.disclosures
        ],
        "picture_shows": [
            {"kind": found.kind.value, "box": list(found.box), "score": round(found.score, 3)}
            for found in seen.findings
        ],
        "mirror": seen.mirror.model_dump(mode="json"),
    }


def _show(file: Path, seen: Inspection) -> None:
    from .screen import visible

    typer.echo(f"{_name(file)}  {seen.container.value}  {seen.size[0]} x {seen.size[1]}")
    if not seen.disclosures:
        typer.echo("  The file tells nothing beside the picture.")
    for told in seen.disclosures:
        typer.echo(f"  {told.about:<9} {told.where:<12} {visible(told.value)}")
    for found in seen.findings:
        x0, y0, x1, y1 = found.box
        typer.echo(f"  shows     {found.kind.value:<12} {x1 - x0} x {y1 - y0} px at {x0}, {y0}")
    typer.echo(f"  mirror    {seen.mirror.verdict.value.replace('_', ' ')}")
    for cue in seen.mirror.cues:
        typer.echo(f"            {cue.detail}")
    typer.echo("")


def _name(file: Path) -> str:
    from .screen import visible

    return visible(str(file).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
