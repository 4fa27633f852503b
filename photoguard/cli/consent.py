"""`photoguard consent`: keep signed consents, look them up, withdraw them, ask the gate."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from ..errors import UsageError
from .language import say, why

if TYPE_CHECKING:
    from ..consent.held import Held, Used
    from ..consent.registry import Registry
    from ..home import Home


app = typer.Typer(
    help="Signed consents: add, list, show, verify, revoke, check.",
    no_args_is_help=True,
    add_completion=False,
)

_Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="The practice's folder.")]
_Url = Annotated[
    str | None,
    typer.Option(
        "--registry", metavar="URL", help="A PostgreSQL database that several workstations share.",
        show_default="a file in the practice's folder",
    ),
]  # fmt: skip
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="As printed by `add` and `list`.", show_default=False)]
_Channels = Annotated[
    list[str], typer.Option(metavar="NAME,...", help="messenger, social-media, website, journal, slides.")
]
_Patient = Annotated[
    str, typer.Option(metavar="KEY", help="The practice's key for the patient; system|value for another's.")
]


class _SeveralPhotos(TyperCommand):
    """`--photos A B C`, as a shell's `--photos *.jpg` gives it, besides `--photos A --photos B`."""

    def parse_args(self, ctx: typer.Context, args: list[str]) -> list[str]:  # type: ignore[override]
        spread: list[str] = []
        in_photos = False
        for arg in args:
            in_photos = arg == "--photos" or (in_photos and not arg.startswith("-"))
            if arg != "--photos":
                spread += ["--photos", arg] if in_photos else [arg]
        return super().parse_args(ctx, spread)


@app.command(cls=_SeveralPhotos)
def add(
    form: Annotated[
        Path, typer.Argument(metavar="FORM", help="The signed form: a scan or a PDF.", show_default=False)
    ],
    patient: _Patient,
    photos: Annotated[list[Path], typer.Option(metavar="FILE...", help="The original photos it is for.")],
    channels: _Channels,
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
    home: _Home = None,
    registry: _Url = None,
    as_json: _Json = False,
) -> None:
    """Keep a signed form and what it allows. Prints the record's id."""
    from ..consent import intake

    practice, records = _practice(home, registry)
    template_id, _, template_version = (template or "").partition("@")
    record = intake.add(
        records,
        form,
        patient=patient,
        photos=photos,
        channels=_listed(channels),
        purposes=_listed(purposes or []),
        signed_on=_day(signed),
        valid_from=_day(start) if start else None,
        valid_until=_day(until),
        grantor=grantor,
        attested_by=attested_by,
        language=language,
        statements=_listed(statements),
        proof=proof,
        capacity=capacity,
        born=_day(born) if born else None,
        outlet=outlet,
        territory=country,
        understands=_listed(understands or []),
        interpreter=interpreter,
        grantor_name=name,
        relation=relation,
        authority=authority,
        authority_until=_day(authority_until) if authority_until else None,
        assent=assent,
        min_masking=min_masking,
        identifiable=identifiable,
        procedure=procedure,
        template=template_id,
        template_version=template_version,
        replaces=replaces,
    )
    _audit(practice, "consent_granted", record.id, form_sha256=record.form.sha256 if record.form else None)
    typer.echo(_as_json(records.get(record.id)) if as_json else record.id)


@app.command(cls=_SeveralPhotos)
def refuse(
    patient: _Patient,
    by: Annotated[str, typer.Option(metavar="WHO", help="The member of staff who writes it down.")],
    photos: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE...", help="The originals.", show_default="all photos of the patient"),
    ] = None,
    channels: Annotated[
        list[str] | None, typer.Option(metavar="NAME,...", help="Where not.", show_default="nowhere")
    ] = None,
    home: _Home = None,
    registry: _Url = None,
) -> None:
    """Write down that a patient does not want this. It counts more than any consent. Prints its id."""
    from ..consent import intake

    practice, records = _practice(home, registry)
    record = intake.refuse(
        records, patient=patient, by=by, photos=photos or (), channels=_listed(channels or [])
    )
    _audit(practice, "consent_refused", record.id)
    typer.echo(record.id)


@app.command("list")
def list_all(home: _Home = None, registry: _Url = None, as_json: _Json = False) -> None:
    """List all consents: id, whether it counts today, patient, last day, channels, number of photos."""
    from ..consent.record import last_day
    from .table import show as show_table

    now = datetime.now(UTC)
    held = _practice(home, registry, read_only=True)[1].all()
    if as_json:
        told = [{"id": one.id, "standing": one.standing(now), "record": _document(one)} for one in held]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    rows = []
    for one in held:
        said = one.record
        rest: tuple[object, ...] = ("",) * 4
        if said:
            channels = ", ".join(dict.fromkeys(use.channel.value for use in said.uses))
            ends = last_day(said.valid_until) if said.valid_until else ""
            rest = (said.patient, ends, channels, len(said.photos))
        rows.append((one.id, one.standing(now), *rest))
    show_table(("ID", "Today", "Patient", "Last day", "Channels", "Photos"), rows)


@app.command()
def show(record_id: _Id, home: _Home = None, registry: _Url = None, as_json: _Json = False) -> None:
    """Show one consent, with what happened to it."""
    from .table import show as show_table

    held = _practice(home, registry, read_only=True)[1].get(record_id)
    if as_json:
        typer.echo(_as_json(held))
        return
    rows = list(_flat(_told(held)))
    show_table(("", ""), rows)


@app.command()
def verify(
    record_id: _Id,
    by: Annotated[str, typer.Option(metavar="WHO", help="Who compared the record with its form.")],
    home: _Home = None,
    registry: _Url = None,
) -> None:
    """Write down that somebody compared a consent with its signed form: needed for those that were imported."""
    practice, records = _practice(home, registry)
    records.verify(record_id, by)
    _audit(practice, "consent_verified", records.get(record_id).id)


@app.command()
def revoke(
    record_id: _Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in one line.")],
    home: _Home = None,
    registry: _Url = None,
    as_json: _Json = False,
) -> None:
    """Record that a patient has withdrawn a consent. It allows nothing from now on. Lists what to take down."""
    practice, records = _practice(home, registry)
    held = records.revoke(record_id, reason)
    _audit(practice, "consent_revoked", held.id)
    if as_json:
        typer.echo(_as_json(held))
        return
    typer.echo(say("terminal.revoked", held.id))
    if not held.uses:
        typer.echo(say("terminal.nothing_left"))
        return
    typer.echo(say("terminal.take_down"))
    _show_uses(held)


@app.command()
def uses(record_id: _Id, home: _Home = None, registry: _Url = None, as_json: _Json = False) -> None:
    """Say where the photos of a consent went: when, through which channel, which files."""
    held = _practice(home, registry, read_only=True)[1].get(record_id)
    if as_json:
        typer.echo(json.dumps([_use(one) for one in held.uses], indent=2, ensure_ascii=False))
        return
    _show_uses(held)


@app.command()
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
    home: _Home = None,
    registry: _Url = None,
    as_json: _Json = False,
) -> None:
    """Enter or correct what the rules have to know about a person; without options, show it."""
    from ..consent.intake import patient_key
    from ..consent.record import Person, in_order

    _, records = _practice(home, registry)
    parsed = patient_key(key)
    known = [one for one in records.people(parsed) if one.key == parsed]
    before = known[0] if known else Person(key=parsed)
    changes: dict[str, object] = {}
    if born:
        changes["born"] = _day(born)
    if died:
        changes["died"] = _day(died)
    if also:
        changes["also"] = in_order(map(patient_key, _listed(also)))
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

    show_table(("", ""), _flat(told))


@app.command()
def check(
    before: Annotated[Path, typer.Argument(metavar="FILE", help="The file before.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="FILE", help="The file after.", show_default=False)],
    channel: Annotated[str, typer.Option("--for", metavar="CHANNEL", help="Where the pair is to go.")],
    originals: Annotated[
        bool,
        typer.Option("--originals", help="These are the camera's files: say what `clean` would decide."),
    ] = False,
    patient: Annotated[
        str | None, typer.Option(metavar="KEY", help="Whose photos they are, where it is known.")
    ] = None,
    outlet: Annotated[
        str | None, typer.Option(metavar="NAME", help="The journal, account or recipient.")
    ] = None,
    country: Annotated[str | None, typer.Option(metavar="CC", help="The country.")] = None,
    encrypted: Annotated[
        bool, typer.Option("--encrypted", help="The way there is encrypted from end to end.")
    ] = False,
    home: _Home = None,
    registry: _Url = None,
    as_json: _Json = False,
) -> None:
    """Say whether these two files may leave, as they are. Exit code: 0 they may, 4 they may not.

    An allow holds for minutes, and is written down as a use of the consent.
    """
    from ..batch.consent import decide, leaving
    from ..consent.case import Depicted
    from ..policy import Policy

    policy = Policy.for_channel(channel).to(outlet, country)
    practice, _ = _practice(home, registry)
    token = None
    if originals:
        photos = (Depicted(_sha256(before), "before", patient), Depicted(_sha256(after), "after", patient))
        decision = decide("", photos, policy, practice, ())
    else:
        answer = leaving(before, after, policy, practice, patient=patient, encrypted=encrypted)
        decision, token = answer.decision, answer.token
    if as_json:
        told = decision.model_dump(mode="json")
        told["token"] = token.model_dump(mode="json") if token else None
        typer.echo(json.dumps(told, indent=2))
    elif decision.decision == "block":
        typer.echo(say("terminal.may_not_leave"))
        for code in decision.codes:
            typer.echo(_sentences(code))
    else:
        typer.echo(
            say("terminal.may_leave", decision.record) if decision.record else say("terminal.not_needed")
        )
        if token:
            typer.echo(say("terminal.holds_until", f"{token.expires_at.astimezone():%H:%M}"))
    raise typer.Exit(4 if decision.decision == "block" else 0)


@app.command()
def admits(
    token: Annotated[
        Path, typer.Argument(metavar="TOKEN", help="What `check --json` printed.", show_default=False)
    ],
    before: Annotated[Path, typer.Argument(metavar="FILE", help="The file before.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="FILE", help="The file after.", show_default=False)],
    channel: Annotated[str, typer.Option("--for", metavar="CHANNEL", help="Where the pair is going.")],
    home: _Home = None,
    registry: _Url = None,
) -> None:
    """Say whether an allow still holds for these bytes. Exit code: 0 it does, 4 it does not."""
    from ..consent.signing import PracticeKey
    from ..consent.token import Token
    from ..policy import Policy

    practice, records = _practice(home, registry, read_only=True)
    try:
        told = json.loads(token.read_text(encoding="utf-8"))
        allow = Token.model_validate_json(json.dumps(told.get("token", told)))
    except (OSError, ValueError, AttributeError):
        raise UsageError("TOKEN_INVALID", "This is not what `consent check --json` prints.") from None
    holds = allow.admits(
        PracticeKey.at(practice),
        _sha256(before),
        _sha256(after),
        Policy.for_channel(channel).channel,
        records.get(allow.record).revision,
        datetime.now(UTC),
    )
    typer.echo("These files may leave." if holds else "These files may not leave any more. Check them again.")
    raise typer.Exit(0 if holds else 4)


@app.command()
def prove(home: _Home = None, registry: _Url = None) -> None:
    """Prove that nothing in the registry was changed from outside. Exit code: 0 it is whole, 5 it is not."""
    head = _practice(home, registry, read_only=True)[1].prove()
    typer.echo(f"The registry is whole: {head.count} {'event' if head.count == 1 else 'events'}.")
    typer.echo(f"Last hash, to keep elsewhere: {head.hash}")


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="One code. Without it: the whole table.", show_default=False),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Say what blocks a pair, why it matters and what to do."""
    from ..consent.rules import TABLE

    codes = [_known(code)] if code else [row.code for row in TABLE]
    if as_json:
        told = [dict(zip(("code", "seen", "matters", "do"), (one, *why(one)), strict=True)) for one in codes]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one in codes:
        typer.echo(_sentences(one))


def _practice(home: Path | None, url: str | None, *, read_only: bool = False) -> tuple[Home, Registry]:
    from ..consent.registry import Registry
    from ..home import Home

    practice = Home.at(home, url)
    return practice, Registry(practice, read_only=read_only)


def _audit(practice: Home, event: str, record: str, **details: str | None) -> None:
    from ..audit import AuditLog

    AuditLog(practice).append(event, {"record": record, **details})


def _show_uses(held: Held) -> None:
    """One line for each file and each time; a file that was checked before sending goes by the name it was given."""
    from .table import show as show_table

    named = {
        output: name
        for one in held.uses
        if one.names
        for output, name in zip(one.outputs, one.names, strict=False)
    }
    rows = [
        (f"{one.at.astimezone():%Y-%m-%d %H:%M}", one.channel, one.outlet or "", named.get(output, output))
        for one in held.uses
        for output in one.outputs
    ]
    show_table(("When", "Channel", "Where", "File"), rows)


def _use(one: Used) -> dict[str, Any]:
    return {
        "at": one.at.isoformat(),
        "channel": one.channel,
        "purpose": one.purpose,
        "outlet": one.outlet,
        "outputs": list(one.outputs),
        "names": list(one.names),
    }


def _document(held: Held) -> dict[str, Any] | None:
    return held.record.model_dump(mode="json") if held.record else None


def _told(held: Held) -> dict[str, Any]:
    """A record and its history as plain values."""
    gone = held.revocation
    return {
        "standing": held.standing(datetime.now(UTC)),
        "record": _document(held),
        "form": held.form.value,
        "verified": [{"by": one.by, "at": one.at.isoformat()} for one in held.verified],
        "revoked": gone
        and {
            "revoked_at": gone.revoked_at.isoformat(),
            "received_at": gone.received_at.isoformat(),
            "reason": gone.reason,
        },
        "superseded_by": held.superseded_by,
        "uses": [_use(one) for one in held.uses],
    }


def _as_json(held: Held) -> str:
    return json.dumps(_told(held), indent=2, ensure_ascii=False)


def _flat(value: object, name: str = "") -> list[tuple[str, object]]:
    """Nested values as lines of a name with dots and a value."""
    if isinstance(value, dict):
        return [
            row for key, inner in value.items() for row in _flat(inner, f"{name}.{key}".removeprefix("."))
        ]
    if isinstance(value, list):
        return [row for inner in value for row in _flat(inner, name)]
    return [] if value is None else [(name, value)]


def _known(code: str) -> str:
    from ..consent.rules import row_of

    row = row_of(code)
    if row is None:
        raise UsageError(
            "CODE_UNKNOWN", "There is no code of that name. `photoguard consent explain` shows all."
        )
    return row.code


def _sentences(code: str) -> str:
    seen, matters, do = why(code)
    return f"{code}\n  {seen} {matters}\n  {do}"


def _listed(said: list[str]) -> list[str]:
    return [name.strip() for text in said for name in text.split(",") if name.strip()]


def _day(said: str) -> date:
    try:
        # fromisoformat alone would take 20261101 and 2026-W44-7 as well
        if len(said) == 10 and said[4] == said[7] == "-":
            return date.fromisoformat(said)
    except ValueError:
        pass
    raise UsageError("DATE_INVALID", "Write dates as year-month-day, for instance 2026-11-01.")


def _sha256(file: Path) -> str:
    from ..consent.forms import sha256

    try:
        return sha256(file)
    except OSError:
        raise UsageError(
            "PHOTO_NOT_FOUND", "One of the two photos can't be opened. Check the names."
        ) from None
