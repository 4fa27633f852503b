"""`photoguard mirror`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import UnreadablePhoto, UsageError

if TYPE_CHECKING:
    from ..outcome import MirrorVerdict
    from ..photo import Photo
    from ..pipeline import Pipeline

_REVIEW, _FAILED = 3, 5


def mirror(
    files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Photos.", show_default=False)],
    pair: Annotated[
        Path | None, typer.Option(metavar="OTHER", help="The other half of FILE's before/after pair.")
    ] = None,
    side: Annotated[
        Literal["left", "right"] | None,
        typer.Option(help="The side that the photos show. By default what their names say."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Say whether photos are mirrored, and by what it is known. Writes nothing.

    Exit code 3 where a photo is mirrored or may be.
    """
    from ..pipeline import Pipeline
    from ..policy import Policy

    if pair is not None and len(files) != 1:
        raise UsageError("PAIR_NEEDS_ONE", "--pair goes with one FILE: the other half of its pair.")
    pipeline = Pipeline(Policy())
    given = [*files, *([pair] if pair is not None else [])]
    read = {file: _read(file) for file in given}
    photos = {file: seen for file, seen in read.items() if not isinstance(seen, UnreadablePhoto)}
    verdicts = {file: _look(pipeline, photo, file, side) for file, photo in photos.items()}
    if pair is None:
        _compare_all(photos, verdicts)
    elif len(photos) == 2:
        _compare_halves(files[0], pair, photos, verdicts)
    errors = {file: seen for file, seen in read.items() if isinstance(seen, UnreadablePhoto)}
    if as_json:
        told = [
            {"file": str(file), "error": errors[file].code}
            if file in errors
            else {"file": str(file), **verdicts[file].model_dump(mode="json")}
            for file in given
        ]
        sys.stdout.write(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    else:
        for file in given:
            _show(file, errors.get(file), verdicts.get(file))
    doubts = any(verdict.verdict in ("mirrored", "suspected") for verdict in verdicts.values())
    raise typer.Exit(_FAILED if errors else _REVIEW if doubts else 0)


def _read(file: Path) -> Photo | UnreadablePhoto:
    from ..ingest import read
    from ..reasons import REASONS

    try:
        return read(file.read_bytes())
    except OSError:
        return UnreadablePhoto("FILE_UNREADABLE", REASONS["FILE_UNREADABLE"].seen)
    except UnreadablePhoto as error:
        return error


def _look(pipeline: Pipeline, photo: Photo, file: Path, side: str | None) -> MirrorVerdict:
    from ..mirror import judge, laterality
    from ..mirror.side import Side, declared

    seen = pipeline.look(photo).mirror
    hand = laterality.cue(photo, Side(side) if side else declared(file.name))
    return seen if hand is None else judge((*seen.cues, hand))


def _compare_halves(
    one: Path, other: Path, photos: dict[Path, Photo], verdicts: dict[Path, MirrorVerdict]
) -> None:
    from ..mirror import check_pair
    from ..mirror.pair import settle

    lie = check_pair(photos[one], photos[other])
    verdicts[one], verdicts[other] = settle(verdicts[one], verdicts[other], lie)


def _compare_all(photos: dict[Path, Photo], verdicts: dict[Path, MirrorVerdict]) -> None:
    from ..mirror import batch

    run = batch.Run()
    twins = [
        (file, Path(name))
        for file, photo in photos.items()
        for name in run.add(str(file), batch.trace(photo))
    ]
    for one, other in twins:
        verdicts[one], verdicts[other] = batch.settle(verdicts[one], verdicts[other])


def _show(file: Path, error: UnreadablePhoto | None, verdict: MirrorVerdict | None) -> None:
    from ..report.texts import texts
    from .screen import visible

    typer.echo(visible(str(file).encode("utf-8", "surrogateescape").decode("utf-8", "replace")))
    if error is not None or verdict is None:
        typer.echo(f"  {error}")
        return
    said = texts("en")
    typer.echo(f"  {said['photo.mirror']} {said[f'verdict.{verdict.verdict}']}")
    for cue in verdict.cues:
        typer.echo(f"  {cue.strength:<9} {cue.detail}")
