"""`photoguard recipient` and `photoguard key`: whose key is whose."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from ..home import Home
from .language import say
from .run_options import PracticeHome

app = typer.Typer(
    help="The address book: to whom photos are sent encrypted.", no_args_is_help=True, add_completion=False
)

_Name = Annotated[str, typer.Argument(metavar="NAME", help="What you call them.", show_default=False)]


@app.command()
def add(
    name: _Name,
    public_key: Annotated[
        str,
        typer.Argument(metavar="PUBLICKEY", help="The line age1... that they sent you.", show_default=False),
    ],
    signature: Annotated[
        str | None,
        typer.Option(
            metavar="DIGITS",
            help="The fingerprint of their signature, which their `photoguard key` shows: `unpack` then names them.",
        ),
    ] = None,
    compared: Annotated[
        bool, typer.Option("--compared", help="The fingerprint was compared: do not ask.")
    ] = False,
    home: PracticeHome = None,
) -> None:
    """Enter somebody with their public key, once both of you have compared its fingerprint."""
    from ..sending.age import PublicKey
    from ..sending.fingerprint import typed
    from ..sending.recipients import AddressBook

    typer.echo(say("sending.fingerprint", PublicKey.of(public_key).fingerprint))
    if signature is not None:
        signature = typed(signature)
        typer.echo(say("sending.their_signature", signature))
    if not compared:
        typer.echo(say("sending.compare", name))
        if not _confirmed():
            raise UsageError(
                "NOT_COMPARED", "Nobody was entered. Ask for the key again, by another way, and compare it."
            )
    typer.echo(say("sending.added", AddressBook(Home.at(home)).add(name, public_key, signature).name))


def _confirmed() -> bool:
    try:
        return typer.confirm(say("sending.same"))
    except typer.Abort:
        return False


@app.command("list")
def list_all(home: PracticeHome = None) -> None:
    """List everybody, with the fingerprints of their keys."""
    from ..sending.recipients import AddressBook
    from .table import show as show_table

    book = AddressBook(Home.at(home)).all()
    if not book:
        typer.echo(say("sending.nobody"), err=True)
        return
    show_table(
        ("Name", "Fingerprint", "Signature", "Key"),
        ((one.name, one.fingerprint, one.signature or "", one.key) for one in book),
    )


@app.command()
def remove(name: _Name, home: PracticeHome = None) -> None:
    """Strike somebody out: no more photos are packed for that key."""
    from ..sending.recipients import AddressBook

    typer.echo(say("sending.removed", AddressBook(Home.at(home)).remove(name).name))


def key(home: PracticeHome = None) -> None:
    """Show the practice's own public key and its fingerprint, for others to enter and compare."""
    from ..consent.signing import PracticeKey
    from ..sending.age import Identity
    from ..sending.slip import signer_fingerprint

    practice = Home.at(home)
    own = Identity.at(practice).public
    typer.echo(say("sending.public_key"))
    typer.echo(own.text)
    typer.echo(say("sending.fingerprint", own.fingerprint))
    typer.echo(say("sending.signature", signer_fingerprint(PracticeKey.at(practice).public)))
