"""`photoguard clean`."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer


def clean(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="INPUT", help="Photos and folders of photos.", show_default=False),
    ],
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="Where to write. Its folder `released` is the one to share."
        ),
    ],
    channel: Annotated[
        str,
        typer.Option(
            "--for",
            metavar="CHANNEL",
            help="messenger, social-media, website, journal, slides or internal.",
            show_default="social-media, the strictest",
        ),
    ] = "social-media",
    outlet: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="The account, journal or recipient, where a pair's consent names one."
        ),
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The country, where a pair's consent names one.")
    ] = None,
    manifest: Annotated[
        Path | None,
        typer.Option(metavar="FILE.csv", help="file,patient,pair,role,side,taken_at,keep per photo."),
    ] = None,
    policy: Annotated[
        Path | None,
        typer.Option(metavar="FILE.toml", help="What to do differently from the channel's preset."),
    ] = None,
    fix_mirrored: Annotated[
        bool,
        typer.Option(
            "--fix-mirrored", help="Flip photos back that a cue in them proves to be mirrored, without loss."
        ),
    ] = False,
    home: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The practice's folder: consents, audit log, key.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Photos at once.", show_default="one per core")
    ] = None,
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

    Exit code: 0 all released, 3 something needs a person, 4 something is blocked, 5 something failed, 130
    interrupted. A run that ended early goes on when the same command is given again.
    """
    import photoguard

    from ..batch import cloud
    from ..policy import Policy
    from .screen import Screen

    preset = Policy.from_toml(policy, channel) if policy else Policy.for_channel(channel)
    chosen = preset.to(outlet, country)
    if fix_mirrored:
        chosen = chosen.model_copy(update={"mirrored": "flip"})
    clouds = dict.fromkeys(name for path in (*inputs, out) if (name := cloud.service(path)) is not None)
    if clouds and not quiet:
        typer.echo(
            f"photoguard: some of these folders are copied to {', '.join(clouds)}. Keep patients' photos in a"
            " folder that stays on this computer. [CLOUD_FOLDER]",
            err=True,
        )
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
        sys.stdout.write(report.model_dump_json(by_alias=True, indent=2) + "\n")
    elif not quiet:
        screen.summary(report, out)
    raise typer.Exit(report.exit_code())
