"""`photoguard pack` and `unpack`: released photos in one encrypted file, and back again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import MayNotLeave, UsageError
from .language import say
from .run_options import PracticeHome

_PasswordFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="A file whose first line is the password.")
]


def pack(
    photos: Annotated[
        list[Path],
        typer.Argument(
            metavar="PHOTO", help="Released photos, or their folder.", readable=False, show_default=False
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            metavar="FILE", help="What is sent: FILE.age, or FILE.zip with a password.", show_default=False
        ),
    ],
    to: Annotated[
        str | None, typer.Option(metavar="RECIPIENT", help="Whose key opens it: a name in the address book.")
    ] = None,
    password: Annotated[
        bool, typer.Option("--password", help="For somebody without a key: make a password and show it once.")
    ] = False,
    own_password: Annotated[
        bool, typer.Option("--own-password", help="The same with a password of your own, which is asked for.")
    ] = False,
    password_file: _PasswordFile = None,
    home: PracticeHome = None,
) -> None:
    """Pack released photos into one encrypted file, which may go by any mail or messenger.

    Only photos that photoguard released here are packed, and the consent for
    pairs is asked anew. Exit code: 0 they are packed, 4 one of them may not be
    sent.
    """
    import photoguard

    from ..sending.password import from_file

    if [to is not None, password, own_password, password_file is not None].count(True) != 1:
        raise UsageError("PACK_WAY", "Choose one of --to, --password, --own-password and --password-file.")
    secret = None
    if password:
        secret = photoguard.new_password()
    elif own_password:
        secret = _asked(twice=True)
    elif password_file is not None:
        secret = from_file(password_file)
    try:
        packed = photoguard.pack(photos, out, to=to, password=secret, home=home)
    except MayNotLeave as refusal:
        _show_held(refusal)
        raise typer.Exit(refusal.exit_code) from None
    typer.echo(_counted("sending.packed", packed.photos))
    typer.echo(say("sending.file", packed.path))
    if packed.recipient is not None:
        typer.echo(say("sending.for_key", packed.recipient))
    elif password:
        typer.echo(say("sending.password", secret))
        typer.echo(say("sending.other_way"))
    else:
        typer.echo(say("sending.own_other_way"))


def unpack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What was received.", show_default=False)],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="A new folder for the photos.", show_default=False)
    ],
    password_file: _PasswordFile = None,
    home: PracticeHome = None,
) -> None:
    """Open what another practice packed. Exit code: 0 it is whole and as it was sent, 5 it is not.

    In that case nothing of it is kept.
    """
    import photoguard

    from ..sending.password import from_file
    from ..sending.unpack import wants_password

    secret = None
    if password_file is not None:
        secret = from_file(password_file)
    elif wants_password(file):
        secret = _asked(twice=False)
    unpacked = photoguard.unpack(file, out, password=secret, home=home)
    typer.echo(_counted("sending.unpacked", len(unpacked.photos)))
    typer.echo(say("sending.folder", unpacked.folder))
    if unpacked.sender is not None:
        typer.echo(say("sending.from_known", unpacked.sender))
    else:
        typer.echo(say("sending.signed_by", unpacked.signed_by))


def _asked(*, twice: bool) -> str:
    try:
        said: str = typer.prompt(say("sending.ask"), hide_input=True, confirmation_prompt=twice)
    except typer.Abort:
        raise UsageError(
            "PASSWORD_MISSING",
            "No password was typed, and nothing was done. Where nobody can type, give --password-file.",
        ) from None
    return said


def _counted(key: str, n: int) -> str:
    return say(f"{key}.{'one' if n == 1 else 'other'}", n)


def _show_held(refusal: MayNotLeave) -> None:
    from .consent_look import sentences
    from .screen import visible

    typer.echo(say("sending.may_not"))
    for name, codes in refusal.held.items():
        typer.echo(visible(Path(name).name))
        for code in codes:
            typer.echo(sentences(code))
