"""`photoguard`: the commands, and what becomes of errors."""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated

import typer

from ..errors import PhotoguardError
from . import app as window
from . import (
    audit,
    clean,
    consent,
    consent_check,
    consent_exchange,
    consent_form,
    consent_look,
    consent_options,
    consent_trust,
    decide,
    inspect,
    mirror,
    pack,
    recipient,
    schema,
    watch,
)

app = typer.Typer(
    help="Makes clinical photos safe to send or post. Works offline; originals are never changed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("clean")(clean.clean)
app.command("watch")(watch.watch)
app.command("decide")(decide.decide)
app.command("inspect")(inspect.inspect)
app.command("mirror")(mirror.mirror)
app.command("pack")(pack.pack)
app.command("unpack")(pack.unpack)
app.add_typer(recipient.app, name="recipient")
app.command("key")(recipient.key)
app.command("app")(window.app)

consents = typer.Typer(
    help="Signed consents: add, list, show, verify, revoke, check.",
    no_args_is_help=True,
    add_completion=False,
)
consents.command("form")(consent_form.form)
consents.command("add", cls=consent_options.SeveralPhotos)(consent.add)
consents.command("refuse", cls=consent_options.SeveralPhotos)(consent.refuse)
consents.command("list")(consent_look.list_all)
consents.command("show")(consent_look.show)
consents.command("verify")(consent.verify)
consents.command("revoke")(consent.revoke)
consents.command("uses")(consent_look.uses)
consents.command("person")(consent.person)
consents.command("check")(consent_check.check)
consents.command("admits")(consent_check.admits)
consents.command("explain")(consent_look.explain)
consents.command("prove")(consent_look.prove)
consents.command("trust")(consent_trust.trust)
consents.command("template")(consent_exchange.template)
consents.command("import")(consent_exchange.import_)
consents.command("export")(consent_exchange.export)
app.add_typer(consents, name="consent")
app.add_typer(audit.app, name="audit")
app.command("schema")(schema.schema)


@app.callback(invoke_without_command=True)
def _version(
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
) -> None:
    if version:
        from .. import __version__

        typer.echo(__version__)
        raise typer.Exit


def run() -> None:
    """Run the command line: an error is one line on stderr and its exit code, never a traceback."""
    _speak_to_all()
    try:
        app(prog_name="photoguard")
    except PhotoguardError as error:
        typer.echo(f"photoguard: {error}", err=True)
        sys.exit(error.exit_code)
    except Exception:
        if "PHOTOGUARD_DEBUG" in os.environ:
            raise
        typer.echo(
            "photoguard: something went wrong that should not have. Nothing more was written."
            " Set PHOTOGUARD_DEBUG=1 to see where. [INTERNAL_ERROR]",
            err=True,
        )
        sys.exit(5)


def _speak_to_all() -> None:
    """A terminal gets what it can show, a question mark for the rest; files and pipes get UTF-8, which JSON is."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Windows service has none
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")


if __name__ == "__main__":
    run()
