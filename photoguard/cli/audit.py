"""`photoguard audit`: prove the audit log and read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The log of what was decided and why.", no_args_is_help=True, add_completion=False)

_Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="The practice's folder.")]


@app.command()
def verify(home: _Home = None) -> None:
    """Prove that no entry was changed, removed or cut off. Exit code: 0 it is whole, 5 it is not."""
    from ..audit import AuditLog
    from ..home import Home

    log = AuditLog(Home.at(home))
    count = log.verify()
    if not count:
        typer.echo("The audit log is empty.")
        return
    *_, last = log.entries()
    typer.echo(f"The audit log is whole: {count} {'entry' if count == 1 else 'entries'}.")
    typer.echo(f"Last hash, to keep elsewhere: {last.hash}")


@app.command()
def show(
    home: _Home = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Show every entry, oldest first."""
    from ..audit import AuditLog
    from ..home import Home
    from .table import show as show_table

    entries = AuditLog(Home.at(home)).entries()
    if as_json:
        told = [
            {
                "seq": one.seq,
                "at": one.at,
                "event": one.event,
                "details": json.loads(one.details),
                "hash": one.hash,
            }
            for one in entries
        ]
        typer.echo(json.dumps(told, indent=2))
        return
    show_table(
        ("No.", "When (UTC)", "What", "Details"),
        ((one.seq, one.at, one.event, one.details) for one in entries),
    )
