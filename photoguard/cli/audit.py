"""`photoguard audit`: prove the audit log, read it, and hand it to an auditor."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .run_options import PracticeHome

if TYPE_CHECKING:
    from ..audit import Point
    from ..consent.signing import PublicKey

app = typer.Typer(help="The log of what was decided and why.", no_args_is_help=True, add_completion=False)


@app.command()
def verify(
    log: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="An exported log, in place of the practice's own.", show_default=False
        ),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="With --log: the practice's public key.", show_default=False),
    ] = None,
    head: Annotated[
        str | None,
        typer.Option(
            metavar="HASH",
            help="A last hash that was kept elsewhere: one entry must have it.",
            show_default=False,
        ),
    ] = None,
    home: PracticeHome = None,
) -> None:
    """Prove that no entry was changed, removed or cut off. Exit code: 0 it is whole, 5 it is not."""
    if (log is None) != (key is None):
        raise UsageError("OPTIONS_TOGETHER", "An exported log is proved with --log and --key together.")
    if log is None or key is None:
        from ..audit import AuditLog
        from ..home import Home

        end = AuditLog(Home.at(home)).end(head)
        if not end.count:
            typer.echo("The audit log is empty.")
            return
        _tell("The audit log is whole", end)
        typer.echo(f"Last hash, to keep elsewhere: {end.last}")
        return
    from ..audit import exported

    public = _public(key)
    end = exported.verify(log, public, head)
    _tell("The exported log is whole", end)
    typer.echo(f"Last hash: {end.last}")
    typer.echo(f"Signed with the key {public.fingerprint}")


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to: .jsonl.", show_default=False)],
    home: PracticeHome = None,
) -> None:
    """Write every entry as a line of JSON, signed, for somebody who proves it with the public key."""
    from ..audit import exported
    from ..consent.signing import PracticeKey
    from ..home import Home

    practice = Home.at(home)
    end = exported.write(practice, file)
    _tell("The audit log is written", end)
    typer.echo(f"Last hash: {end.last}")
    typer.echo(f"Signed with the key {PracticeKey.at(practice).fingerprint}")


@app.command()
def key(home: PracticeHome = None) -> None:
    """Print the practice's public key (PEM), for whoever is to prove an exported log."""
    from ..consent.signing import PracticeKey
    from ..home import Home

    typer.echo(PracticeKey.at(Home.at(home)).public_pem(), nl=False)


def _public(file: Path) -> PublicKey:
    from ..consent.signing import PublicKey

    try:
        return PublicKey.from_pem(file.read_bytes())
    except OSError:
        raise UsageError("PUBLIC_KEY_INVALID", "The public key can't be opened. Check its name.") from None


def _tell(sentence: str, end: Point) -> None:
    typer.echo(f"{sentence}: {end.count} {'entry' if end.count == 1 else 'entries'}.")


@app.command()
def show(
    home: PracticeHome = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")] = False,
) -> None:
    """Show every entry, oldest first."""
    from ..audit import AuditLog
    from ..home import Home
    from .table import show as show_table

    entries = list(AuditLog(Home.at(home)).entries())
    if not entries and not as_json:
        typer.echo("The audit log is empty.", err=True)
        return
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
