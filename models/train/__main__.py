"""Makes the body net from nothing: gathers pictures, trains, exports, evaluates.

    python -m models.train --minutes 100

Each step can be had alone: `python -m models.train.sources`, `python -m models.train.evaluate`.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from .export import export, register
from .pools import FOLDER
from .sources import DEFAULT_CACHE
from .train import Plan, averaged, train

MODELS = Path(__file__).resolve().parents[1]


def main(
    minutes: Annotated[float, typer.Option(help="How long to train. The schedule fits itself to it.")] = 100,
    run: Annotated[
        Path, typer.Option(help="Folder of the checkpoint; a run that was stopped goes on.")
    ] = Path("run"),
    start: Annotated[
        Path | None, typer.Option(help="Checkpoint, or net (.onnx), whose weights to begin with.")
    ] = None,
    pace: Annotated[float, typer.Option(help="Times the learning rates; 0.4 to go on from --start.")] = 1.0,
    models: Annotated[Path, typer.Option(help="Folder with registry.toml that body.onnx goes to.")] = MODELS,
    cache: Annotated[Path, typer.Option(help="Folder of the gathered pictures.")] = DEFAULT_CACHE,
    built_in: Annotated[
        bool, typer.Option("--built-in", help="Learn from a small set; gather nothing.")
    ] = False,
    composers: Annotated[
        int, typer.Option(help="Processes that compose pictures, beside the one that learns.")
    ] = 1,
    batch: Annotated[int, typer.Option(help="Pictures per step; 64 on a GPU.")] = 8,
) -> None:
    """Gather pictures where the cache has none, train, write the net and its SHA-256, print the figures."""
    if not built_in and not (cache / FOLDER).is_dir():
        _run("models.train.sources", "--cache", str(cache))
    pictures = None if built_in else cache
    plan = Plan(run, minutes, pictures, start=start, pace=pace, composers=composers, batch=batch)
    checkpoint = train(plan)
    register(models / "registry.toml", "body", export(averaged(checkpoint), models / "body.onnx"))
    _run(
        "models.train.evaluate",
        "--models",
        str(models),
        *(["--built-in"] if built_in else ["--cache", str(cache)]),
    )


def _run(module: str, *arguments: str) -> None:
    # In a process of its own: what it holds in memory is gone afterwards.
    subprocess.run([sys.executable, "-m", module, *arguments], check=True, cwd=MODELS.parent)


if __name__ == "__main__":
    typer.run(main)
