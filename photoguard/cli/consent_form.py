"""`photoguard consent form`: print a consent form."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError


def form(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write the PDF.", show_default=False)],
    practice: Annotated[
        str, typer.Option(metavar="NAME", help="The practice's name, at the head of the form.")
    ],
    language: Annotated[str, typer.Option(metavar="CODE", help="en, fr, de or it.")] = "en",
    address: Annotated[
        list[str] | None, typer.Option(metavar="LINE", help="A line of the address; may be given four times.")
    ] = None,
) -> None:
    """Write a consent form to print and sign. Prints the template's id, as `consent add --template` takes it."""
    from ..consent.form.page import form as make
    from ..consent.form.template import Template
    from ..whole import new_file

    template = Template.of(language)
    pdf = make(template, practice, "\n".join(address or []))
    try:
        with new_file(file) as out:
            out.write(pdf)
    except FileExistsError:
        raise UsageError("FORM_EXISTS", "There is a file of that name already. Choose another.") from None
    except OSError:
        raise UsageError(
            "FORM_UNWRITABLE", "The form can't be written there. Choose another place."
        ) from None
    typer.echo(template.id)
