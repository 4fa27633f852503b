"""`photoguard consent add`, `refuse`, `verify`, `revoke` and `person`: what is written into the registry."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from .consent_look import as_document, flat, show_uses
from .consent_options import (
    Channels,
    HomeDir,
    Id,
    Json,
    PatientKey,
    Url,
    day,
    listed,
    practice_of,
    write_down,
)
from .language import say


def add(
    form: Annotated[
        Path, typer.Argument(metavar="FORM", help="The signed form: a scan or a PDF.", show_default=False)
    ],
    patient: PatientKey,
    photos: Annotated[list[str], typer.Option(metavar="FILE...", help="The original photos it is for.")],
    channels: Channels,
    signed: Annotated[str, typer.Option(metavar="DATE", help="Day of signing, as 2026-11-01.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, which still counts.")],
    grantor: Annotated[
        str, typer.Option(metavar="WHO", help="patient, parent, guardian, representative or next-of-kin.")
    ],
    attested_by: Annotated[
        str, typer.Option(metavar="WHO", help="Who compared the form with what is entered here.")
    ],
    language: Annotated[str, typer.Option(metavar="CODE", help="Language of the form: de, fr, it, en, ...")],
    statements: Annotated[
        list[str],
        typer.Option(
            metavar="NAME,...",
            help="Those that are ticked: seen-images, anonymity-not-guaranteed, cannot-recall-online,"
            " may-withdraw, not-condition-of-care; or all.",
        ),
    ],
    proof: Annotated[
        str,
        typer.Option(
            metavar="HOW",
            help="How it was signed: scan (of paper), pades (digitally, a PDF) or practice (before the eyes of"
            " whoever attests it).",
        ),
    ] = "scan",
    capacity: Annotated[
        str, typer.Option(metavar="ANSWER", help="Whether the patient is able to judge: yes, no, unknown.")
    ] = "unknown",
    born: Annotated[
        str | None, typer.Option(metavar="DATE", help="Needed for a patient who is new to the registry.")
    ] = None,
    start: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help="First day.", show_default="the day of signing"),
    ] = None,
    purposes: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,...",
            help="care, teaching, publication.",
            show_default="what the channels stand for",
        ),
    ] = None,
    outlet: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="The journal, account or recipient that the form names."),
    ] = None,
    country: Annotated[
        str | None, typer.Option(metavar="CC", help="The country that the form limits the use to.")
    ] = None,
    understands: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE,...", help="What the signer understands.", show_default="--language"),
    ] = None,
    interpreter: Annotated[
        str | None, typer.Option(metavar="WHO", help="Who interpreted, where somebody did.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Of the one who signed; needed for a digital signature."),
    ] = None,
    relation: Annotated[str | None, typer.Option(metavar="TEXT", help="To the patient: mother, ...")] = None,
    authority: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The document by which they may sign for the patient.")
    ] = None,
    authority_until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day of that authority.")
    ] = None,
    assent: Annotated[
        str, typer.Option(metavar="ANSWER", help="A minor's own answer: given, refused, not-asked.")
    ] = "not-asked",
    min_masking: Annotated[
        str, typer.Option(metavar="LEVEL", help="What has to be masked: none, eyes, face, full.")
    ] = "face",
    identifiable: Annotated[
        bool, typer.Option("--identifiable", help="The patient agreed to be recognisable.")
    ] = False,
    procedure: Annotated[
        str | None, typer.Option(metavar="NAME", help="What was treated, for instance aesthetic-surgery.")
    ] = None,
    template: Annotated[
        str | None, typer.Option(metavar="ID@VERSION", help="The form's template, as printed on it.")
    ] = None,
    replaces: Annotated[
        str | None, typer.Option(metavar="ID", help="The consent that this one takes the place of.")
    ] = None,
    home: HomeDir = None,
    registry: Url = None,
    as_json: Json = False,
) -> None:
    """Keep a signed form and what it allows. Prints the record's id."""
    from ..consent import intake
    from ..store import place

    practice, records = practice_of(home, registry)
    template_id, _, template_version = (template or "").partition("@")
    record = intake.add(
        records,
        form,
        patient=patient,
        photos=[place(photo) for photo in photos],
        channels=listed(channels),
        purposes=listed(purposes or []),
        signed_on=day(signed),
        valid_from=day(start) if start else None,
        valid_until=day(until),
        grantor=grantor,
        attested_by=attested_by,
        language=language,
        statements=listed(statements),
        proof=proof,
        capacity=capacity,
        born=day(born) if born else None,
        outlet=outlet,
        territory=country,
        understands=listed(understands or []),
        interpreter=interpreter,
        grantor_name=name,
        relation=relation,
        authority=authority,
        authority_until=day(authority_until) if authority_until else None,
        assent=assent,
        min_masking=min_masking,
        identifiable=identifiable,
        procedure=procedure,
        template=template_id,
        template_version=template_version,
        replaces=replaces,
    )
    write_down(
        practice, "consent_granted", record.id, form_sha256=record.form.sha256 if record.form else None
    )
    typer.echo(as_document(records.get(record.id)) if as_json else record.id)


def refuse(
    patient: PatientKey,
    by: Annotated[str, typer.Option(metavar="WHO", help="The member of staff who writes it down.")],
    photos: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE...", help="The originals.", show_default="all photos of the patient"),
    ] = None,
    channels: Annotated[
        list[str] | None, typer.Option(metavar="NAME,...", help="Where not.", show_default="nowhere")
    ] = None,
    home: HomeDir = None,
    registry: Url = None,
) -> None:
    """Write down that a patient does not want this. It counts more than any consent. Prints its id."""
    from ..consent import intake
    from ..store import place

    practice, records = practice_of(home, registry)
    record = intake.refuse(
        records,
        patient=patient,
        by=by,
        photos=[place(photo) for photo in photos or ()],
        channels=listed(channels or []),
    )
    write_down(practice, "consent_refused", record.id)
    typer.echo(record.id)


def verify(
    record_id: Id,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who compared the record with its form.")],
    home: HomeDir = None,
    registry: Url = None,
) -> None:
    """Write down that somebody compared a consent with its signed form: needed for those that were imported."""
    practice, records = practice_of(home, registry)
    records.verify(record_id, by)
    write_down(practice, "consent_verified", records.get(record_id).id)


def revoke(
    record_id: Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in one line.")],
    home: HomeDir = None,
    registry: Url = None,
    as_json: Json = False,
) -> None:
    """Record that a patient has withdrawn a consent. It allows nothing from now on. Lists what to take down."""
    practice, records = practice_of(home, registry)
    held = records.revoke(record_id, reason)
    write_down(practice, "consent_revoked", held.id)
    if as_json:
        typer.echo(as_document(held))
        return
    typer.echo(say("terminal.revoked", held.id))
    if not held.uses:
        typer.echo(say("terminal.nothing_left"))
        return
    typer.echo(say("terminal.take_down"))
    show_uses(held)


def person(
    key: Annotated[str, typer.Argument(metavar="KEY", help="As in `add`.", show_default=False)],
    born: Annotated[str | None, typer.Option(metavar="DATE", help="Date of birth.")] = None,
    died: Annotated[str | None, typer.Option(metavar="DATE", help="Date of death.")] = None,
    also: Annotated[
        list[str] | None, typer.Option(metavar="KEY,...", help="Keys of the same person in other systems.")
    ] = None,
    merged_into: Annotated[
        str | None, typer.Option(metavar="KEY", help="The person that this one turned out to be.")
    ] = None,
    home: HomeDir = None,
    registry: Url = None,
    as_json: Json = False,
) -> None:
    """Enter or correct what the rules have to know about a person; without options, show it."""
    from ..consent.intake import patient_key
    from ..consent.record import Person, in_order

    _, records = practice_of(home, registry)
    parsed = patient_key(key)
    known = [one for one in records.people(parsed) if one.key == parsed]
    before = known[0] if known else Person(key=parsed)
    changes: dict[str, object] = {}
    if born:
        changes["born"] = day(born)
    if died:
        changes["died"] = day(died)
    if also:
        changes["also"] = in_order(map(patient_key, listed(also)))
    if merged_into:
        changes["merged_into"] = patient_key(merged_into)
    after = before.model_copy(update=changes)
    if changes:
        records.enter(after)
    elif not known:
        raise UsageError("PERSON_UNKNOWN", "The registry does not know this person. Enter them with --born.")
    told = after.model_dump(mode="json")
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    from .table import show as show_table

    show_table(("", ""), flat(told))
