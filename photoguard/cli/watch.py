"""`photoguard watch`."""

from __future__ import annotations

import signal
import sys
import threading
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from .run_options import For, Jobs, Manifest, Out, PhotoSize, PolicyFile, PracticeHome

if TYPE_CHECKING:
    from ..watching.rounds import News
    from .screen import Screen


def watch(
    folder: Annotated[
        str,
        typer.Argument(metavar="IN", help="The folder that photos arrive in.", show_default=False),
    ],
    out: Out,
    channel: For = "social-media",
    manifest: Manifest = None,
    policy: PolicyFile = None,
    size: PhotoSize = None,
    home: PracticeHome = None,
    poll: Annotated[
        bool, typer.Option("--poll", help="Look every few seconds: for folders on a network share.")
    ] = False,
    settle: Annotated[
        float,
        typer.Option(min=0.2, metavar="SECONDS", help="Take a photo when it has not changed for so long."),
    ] = 5.0,
    jobs: Jobs = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object per line for each outcome.")
    ] = False,
) -> None:
    """Clean photos as they arrive in a folder, until it is stopped with Ctrl-C or SIGTERM.

    It does what `photoguard clean IN --out DIR` would do again and again: each
    photo once, the report kept up to date. Decisions and consents that come in
    meanwhile are carried out. Exit code: 0 stopped, 2 it can't begin, 5 the
    practice's folder or a model can't be used.
    """
    import photoguard

    from ..policy import Policy
    from .clean import warn_of_clouds
    from .language import say
    from .screen import Screen

    chosen = Policy.from_toml(policy, channel) if policy else Policy.for_channel(channel)
    if size is not None:
        chosen = chosen.sized(size)
    warn_of_clouds([folder, out])
    screen = Screen(silent=as_json, verbose=False)
    stop = threading.Event()
    for ends in (signal.SIGTERM, signal.SIGINT):
        signal.signal(ends, partial(_end, stop))
    news = photoguard.watch(
        folder,
        out,
        policy=chosen,
        manifest=manifest,
        home=home,
        jobs=jobs,
        poll=poll,
        settle=settle,
        stop=stop,
        progress=screen.photo,
    )
    typer.echo(say("terminal.watching"), err=True)
    try:
        for one in news:
            screen.rest()
            _tell(one, screen, as_json)
    except KeyboardInterrupt:
        pass
    finally:
        screen.rest()
    typer.echo(say("terminal.stopped"), err=True)


def _end(stop: threading.Event, number: int, _: FrameType | None) -> None:
    """Once for an end between two photos, twice for one at once."""
    stop.set()
    signal.signal(number, signal.default_int_handler)


def _tell(news: News, screen: Screen, as_json: bool) -> None:
    from ..watching.rounds import Halted, Round, Unfinished
    from .language import say
    from .screen import visible

    match news:
        case Round():
            if as_json:
                sys.stdout.writelines(outcome.model_dump_json() + "\n" for outcome in news.news)
                sys.stdout.flush()
            else:
                screen.round(news.report, news.news)
            if news.gone:
                typer.echo(say(f"terminal.gone.{'one' if news.gone == 1 else 'other'}", news.gone), err=True)
        case Unfinished():
            terminal = sys.stderr is not None and sys.stderr.isatty()  # a Windows service has none
            name = f"{visible(news.path.name)}: " if terminal else ""
            typer.echo(name + say("terminal.unfinished"), err=True)
        case Halted():
            typer.echo(f"photoguard: {news.error}", err=True)
        case _:
            typer.echo(say("terminal.resumed"), err=True)
