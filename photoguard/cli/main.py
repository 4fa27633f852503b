"""`photoguard`: the commands, and what becomes of errors."""

from __future__ import annotations

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
    consent_exchange,
    consent_form,
    consent_trust,
    decide,
    inspect,
    mirror,
    schema,
)

app = typer.Typer(
    help="Makes clinical photos safe to send or post. Works offline; originals are never changed.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("clean")(clean.clean)
app.command("decide")(decide.decide)
app.command("inspect")(inspect.inspect)
app.command("mirror")(mirror.mirror)
app.command("app")(window.app)
consent.app.command("template")(consent_exchange.template)
consent.app.command("import")(consent_exchange.import_)
consent.app.command("export")(consent_exchange.export)
consent.app.command("form")(consent_form.form)
consent.app.command("trust")(consent_trust.trust)
app.add_typer(consent.app, name="consent")
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


if __name__ == "__main__":
    run()
