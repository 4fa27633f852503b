"""`photoguard consent template`, `import` and `export`: consents from other places and for other places."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..errors import UsageError
from .consent_options import HomeDir, Json, Url

if TYPE_CHECKING:
    from ..consent.exchange.transfer import Imported

_TOKEN = "PHOTOGUARD_FHIR_TOKEN"  # noqa: S105 - the variable's name


def template(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where to: consents.xlsx or consents.csv.", show_default=False),
    ],
) -> None:
    """Write an empty table of consents to fill in and import."""
    from ..consent.exchange.sheets import write_template

    if file.suffix.lower() not in (".csv", ".xlsx"):
        raise UsageError("IMPORT_FORMAT", "Name the template with .xlsx or .csv.")
    write_template(file)


def import_(
    source: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="A table (.xlsx, .csv), FHIR (.json, .ndjson) or a FHIR server's https address.",
            show_default=False,
        ),
    ],
    patient: Annotated[
        str | None, typer.Option(metavar="ID", help="For a server: only this patient's.")
    ] = None,
    attested_by: Annotated[
        str | None,
        typer.Option(metavar="WHO", help="For FHIR: who compared the forms in it with the paper."),
    ] = None,
    home: HomeDir = None,
    registry: Url = None,
    as_json: Json = False,
) -> None:  # fmt: skip
    """Take over consents. Each row is taken over whole or not at all; exit code 4 where one is refused.

    A server's token is read from PHOTOGUARD_FHIR_TOKEN.
    """
    from ..audit import AuditLog
    from ..consent.exchange.server import Server
    from ..consent.exchange.transfer import from_file, from_server
    from ..consent.registry import Registry
    from ..home import Home

    practice = Home.at(home, registry)
    to = Registry(practice)
    if "://" in source:
        server = Server(source, os.environ.get(_TOKEN))
        told = from_server(to, server, patient, attested_by=attested_by)
    else:
        told = from_file(to, Path(source), attested_by=attested_by)
    AuditLog(practice).append_many(
        [
            *(("consent_granted", {"record": record}) for record in told.added),
            *(("consent_suspended", {"record": record}) for record in told.suspended),
        ]
    )
    _show(told, as_json)
    raise typer.Exit(4 if told.refused else 0)


def export(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="Where to: .json (a Bundle) or .ndjson.", show_default=False),
    ],
    fhir: Annotated[Literal["R4", "R5"], typer.Option(help="The release of FHIR.")] = "R4",
    home: HomeDir = None,
    registry: Url = None,
) -> None:
    """Write all consents as FHIR."""
    if file.suffix.lower() not in (".json", ".ndjson"):
        raise UsageError("EXPORT_FORMAT", "Name the file with .json or .ndjson.")
    from ..consent.exchange.transfer import to_fhir
    from ..consent.registry import Registry
    from ..home import Home
    from ..whole import new_file

    held = Registry(Home.at(home, registry), read_only=True).all()
    text = to_fhir(held, fhir, ndjson=file.suffix.lower() == ".ndjson")
    try:
        # Health data: never part of it, for its owner's eyes only, and not over something that is there.
        with new_file(file) as out:
            out.write(text.encode())
    except FileExistsError:
        raise UsageError("EXPORT_EXISTS", "There is a file of that name already. Choose another.") from None
    except OSError:
        raise UsageError(
            "EXPORT_UNWRITABLE", "The consents can't be written there. Choose another place."
        ) from None


def _show(told: Imported, as_json: bool) -> None:
    if as_json:
        refused = [
            {"place": one.place, "code": one.code, "about": one.about, "says": one.says}
            for one in told.refused
        ]
        print_ = {"added": told.added, "known": told.known, "refused": refused, "suspended": told.suspended}
        typer.echo(json.dumps(print_, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{len(told.added)} added, {len(told.known)} known already, {len(told.refused)} refused.")
    if told.suspended:
        typer.echo(f"{len(told.suspended)} not understood or gone on the server, and not active any more.")
    for one in told.refused:
        about = f" ({one.about})" if one.about else ""
        typer.echo(f"{one.place}: {one.says}{about} [{one.code}]")
