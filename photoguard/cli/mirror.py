"""`photoguard mirror`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import UnreadablePhoto, UsageError

if TYPE_CHECKING:
    from ..mirror.batch import Run
    from ..outcome import MirrorVerdict
    from ..photo import Photo
    from ..pipeline import Pipeline

_REVIEW, _FAILED = 3, 5
_NOTHING = "The two photos clearly fit onto each other neither way round: they tell nothing of each other."


@dataclass
class _Told:
    """What is known of the files so far."""

    verdicts: dict[Path, MirrorVerdict] = field(default_factory=dict)
    errors: dict[Path, UnreadablePhoto] = field(default_factory=dict)

    def as_json(self, file: Path) -> dict[str, object]:
        if file in self.errors:
            return {"file": str(file), "error": self.errors[file].code}
        return {"file": str(file), **self.verdicts[file].model_dump(mode="json")}


def mirror(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Photos.", readable=False, show_default=False)
    ],
    pair: Annotated[
        Path | None,
        typer.Option(metavar="OTHER", help="The other half of FILE's before/after pair.", readable=False),
    ] = None,
    side: Annotated[
        Literal["left", "right"] | None,
        typer.Option(help="The side that the photos show. By default what their names say."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Say whether photos are mirrored, and by what it is known. Writes nothing.

    Exit code: 0 none is, 3 one is mirrored or may be, 5 one can't be read.
    """
    from ..mirror.batch import Run
    from ..pipeline import Pipeline
    from ..policy import Policy

    files = list(dict.fromkeys(files))
    if pair is not None and len(files) != 1:
        raise UsageError("PAIR_NEEDS_ONE", "--pair goes with one FILE: the other half of its pair.")
    if pair is not None and _same(files[0], pair):
        raise UsageError("PAIR_OF_ONE", "--pair names the same photo again. Name the other half of its pair.")
    pipeline, told, apart = Pipeline(Policy()), _Told(), False
    if pair is None:
        run = Run()
        for file in files:
            _one_more(run, pipeline, file, side, told)
    else:
        files.append(pair)
        apart = not _halves(pipeline, files, side, told)
    if as_json:
        sys.stdout.write(
            json.dumps([told.as_json(file) for file in files], indent=2, ensure_ascii=False) + "\n"
        )
    else:
        for file in files:
            _show(file, told)
        if apart:
            typer.echo(_NOTHING)
    doubts = any(verdict.verdict in ("mirrored", "suspected") for verdict in told.verdicts.values())
    raise typer.Exit(_FAILED if told.errors else _REVIEW if doubts else 0)


def _same(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False


def _one_more(run: Run, pipeline: Pipeline, file: Path, side: str | None, told: _Told) -> None:
    """Look at a photo, and at whether those before it are the same one, flipped. Keeps no picture."""
    from ..mirror import batch

    photo = _looked_at(pipeline, file, side, told)
    if photo is None:
        return
    for twin in map(Path, run.add(str(file), batch.trace(photo))):
        told.verdicts[file], told.verdicts[twin] = batch.settle(told.verdicts[file], told.verdicts[twin])


def _halves(pipeline: Pipeline, files: list[Path], side: str | None, told: _Told) -> bool:
    """Look at both halves, and at how they lie to each other. Whether that could be told, where both can be read."""
    from ..mirror import check_pair
    from ..mirror.pair import settle

    one, other = files
    photos = [_looked_at(pipeline, file, side, told) for file in files]
    if photos[0] is None or photos[1] is None:
        return True
    lie = check_pair(photos[0], photos[1])
    told.verdicts[one], told.verdicts[other] = settle(told.verdicts[one], told.verdicts[other], lie)
    return lie is not None


def _looked_at(pipeline: Pipeline, file: Path, side: str | None, told: _Told) -> Photo | None:
    """The photo, its verdict being told; None where the file can't be read."""
    from ..ingest import read
    from ..mirror import judge, laterality
    from ..mirror.side import Side, declared
    from ..reasons import REASONS

    try:
        photo = read(file.read_bytes())
    except OSError:
        told.errors[file] = UnreadablePhoto("FILE_UNREADABLE", REASONS["FILE_UNREADABLE"].seen)
        return None
    except UnreadablePhoto as error:
        told.errors[file] = error
        return None
    seen = pipeline.look(photo).mirror
    hand = laterality.cue(photo, Side(side) if side else declared(file.name))
    told.verdicts[file] = seen if hand is None else judge((*seen.cues, hand))
    return photo


def _show(file: Path, told: _Told) -> None:
    from ..report.texts import texts
    from .language import in_short
    from .screen import visible

    typer.echo(visible(str(file).encode("utf-8", "surrogateescape").decode("utf-8", "replace")))
    if file in told.errors:
        typer.echo(f"  {in_short(told.errors[file].code)}")
        return
    said, verdict = texts("en"), told.verdicts[file]
    typer.echo(f"  {said['photo.mirror']} {said[f'verdict.{verdict.verdict}']}")
    for cue in verdict.cues:
        typer.echo(f"  {cue.strength:<9} {cue.detail}")
