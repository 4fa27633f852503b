"""`photoguard clean`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from .run_options import For, Jobs, Manifest, Out, PhotoSize, PolicyFile, PracticeHome


def clean(
    inputs: Annotated[
        list[str],
        typer.Argument(
            metavar="INPUT",
            help="Photos and folders of photos, also in a store: s3://BUCKET/FOLDER.",
            show_default=False,
        ),
    ],
    out: Out,
    channel: For = "social-media",
    outlet: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The account, journal or recipient, where a pair's consent names one."
        ),
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The country, where a pair's consent names one.")
    ] = None,
    manifest: Manifest = None,
    policy: PolicyFile = None,
    size: PhotoSize = None,
    fix_mirrored: Annotated[
        bool,
        typer.Option(
            "--fix-mirrored", help="Flip photos back that a cue in them proves to be mirrored, without loss."
        ),
    ] = False,
    home: PracticeHome = None,
    jobs: Jobs = None,
    cluster: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Have the photos cleaned by a Dask cluster: tcp://HOST:8786 of its scheduler.",
            show_default=False,
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json, and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="One line per photo.")] = False,
) -> None:
    """Turn photos into a folder that is safe to share, and say of each what was done and why.

    Exit code: 0 all released, 3 something needs a person, 4 something is blocked,
    5 something failed, 130 interrupted. A run that ended early goes on when the
    same command is given again.
    """
    import photoguard

    from ..policy import Policy
    from ..report import as_json as report_json
    from ..store import place
    from .screen import Screen

    preset = Policy.from_toml(policy, channel) if policy else Policy.for_channel(channel)
    chosen = preset.to(outlet, country)
    if size is not None:
        chosen = chosen.sized(size)
    if fix_mirrored:
        chosen = chosen.model_copy(update={"mirrored": "flip"})
    if not quiet:
        warn_of_clouds([*inputs, out])
    try:
        with (
            photoguard.cluster(cluster) if cluster else nullcontext() as workers,
            Screen(silent=quiet or as_json, verbose=verbose) as screen,
        ):
            report = photoguard.clean_folder(
                inputs,
                out,
                policy=chosen,
                manifest=manifest,
                home=home,
                jobs=jobs,
                executor=workers,
                progress=screen.photo,
            )
    except KeyboardInterrupt:
        typer.echo("photoguard: interrupted. The same command goes on from here.", err=True)
        raise typer.Exit(130) from None
    if as_json:
        sys.stdout.writelines(report_json(report))
    elif not quiet:
        screen.summary(report, place(out))
    raise typer.Exit(report.exit_code())


def warn_of_clouds(folders: Sequence[str]) -> None:
    """Say so where folders are copied to a cloud."""
    from ..batch import cloud
    from ..store import place

    paths = [path for path in map(place, folders) if isinstance(path, Path)]
    clouds = dict.fromkeys(name for path in paths if (name := cloud.service(path)) is not None)
    if clouds:
        typer.echo(
            f"photoguard: some of these folders are copied to {', '.join(clouds)}. Keep patients' photos in a"
            " folder that stays on this computer. [CLOUD_FOLDER]",
            err=True,
        )
