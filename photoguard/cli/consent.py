"""`photoguard consent`: keep signed consents, look them up, withdraw them, ask the gate."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from typer.core import TyperCommand

from ..errors import UsageError

if TYPE_CHECKING:
    from ..consent.gate import Row
    from ..consent.record import ConsentRecord

app = typer.Typer(
    help="Signed consents: add, list, show, revoke, check.", no_args_is_help=True, add_completion=False
)

_Home = Annotated[Path | None, typer.Option("--home", metavar="DIR", help="The practice's folder.")]
_Json = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else.")]
_Id = Annotated[str, typer.Argument(metavar="ID", help="As printed by `add` and `list`.", show_default=False)]


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
    patient: Annotated[str, typer.Option(metavar="KEY", help="The practice's key for the patient.")],
    photos: Annotated[list[Path], typer.Option(metavar="FILE...", help="The original photos it is for.")],
    channels: Annotated[
        list[str],
        typer.Option(metavar="NAME,...", help="messenger, social-media, website, journal, slides."),
    ],
    signed: Annotated[str, typer.Option(metavar="DATE", help="Day of signing, as 2026-11-01.")],
    until: Annotated[str, typer.Option(metavar="DATE", help="Last day, which still counts.")],
    grantor: Annotated[
        str, typer.Option(metavar="WHO", help="patient, parent, guardian, representative or next-of-kin.")
    ],
    attested_by: Annotated[str, typer.Option(metavar="WHO", help="Who compared the scan with the form.")],
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
    home: _Home = None,
    as_json: _Json = False,
) -> None:
    """Keep a signed form and what it allows. Prints the record's id."""
    from ..audit import AuditLog
    from ..consent.registry import Registry
    from ..home import Home

    practice = Home.at(home)
    record = Registry(practice).add(
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
    )
    AuditLog(practice).append("consent_granted", {"record": record.id, "form_sha256": record.form_sha256})
    typer.echo(_as_json(record) if as_json else record.id)


@app.command("list")
def list_all(home: _Home = None, as_json: _Json = False) -> None:
    """List all consents: id, whether it counts today, patient, last day, channels, number of photos."""
    from ..consent.registry import Registry
    from ..home import Home
    from .table import show as show_table

    today = date.today()
    held = Registry(Home.at(home), read_only=True).list()
    if as_json:
        told = [
            {
                "id": one.id,
                "standing": one.standing(today),
                "record": one.record and one.record.model_dump(mode="json"),
            }
            for one in held
        ]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    rows = []
    for one in held:
        said = one.record
        rest = (
            (said.patient, said.valid_until, ", ".join(said.channels), len(said.photos))
            if said
            else ("",) * 4
        )
        rows.append((one.id, one.standing(today), *rest))
    show_table(("ID", "Today", "Patient", "Last day", "Channels", "Photos"), rows)


@app.command()
def show(record_id: _Id, home: _Home = None, as_json: _Json = False) -> None:
    """Show one consent."""
    from ..consent.registry import Registry
    from ..home import Home
    from .table import show as show_table

    record = Registry(Home.at(home), read_only=True).get(record_id)
    if as_json:
        typer.echo(_as_json(record))
        return
    rows = []
    for name, value in record.model_dump(mode="json").items():
        for one in value if isinstance(value, list) else [value]:
            rows.append((name, "" if one is None else one))
    show_table(("", ""), rows)


@app.command()
def revoke(
    record_id: _Id,
    reason: Annotated[str, typer.Option(metavar="TEXT", help="Why, in one line.")],
    home: _Home = None,
    as_json: _Json = False,
) -> None:
    """Record that a patient has withdrawn a consent. It allows nothing from now on."""
    from ..audit import AuditLog
    from ..consent.registry import Registry
    from ..home import Home

    practice = Home.at(home)
    record = Registry(practice).revoke(record_id, reason)
    AuditLog(practice).append("consent_revoked", {"record": record.id})
    typer.echo(
        _as_json(record) if as_json else f"{record.id} is revoked. Take down what was published with it."
    )


@app.command()
def check(
    before: Annotated[Path, typer.Argument(metavar="FILE", help="The original before.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="FILE", help="The original after.", show_default=False)],
    channel: Annotated[str, typer.Option("--for", metavar="CHANNEL", help="Where the pair is to go.")],
    patient: Annotated[
        str | None, typer.Option(metavar="KEY", help="Whose photos they are, where it is known.")
    ] = None,
    home: _Home = None,
    as_json: _Json = False,
) -> None:
    """Say whether a before/after pair may leave. Exit code: 0 it may, 4 it may not."""
    from ..consent.check import check as ask
    from ..consent.gate import Depicted, UseRequest
    from ..consent.registry import Registry
    from ..home import Home
    from ..outcome import ConsentDecision
    from ..policy import Policy

    policy = Policy.for_channel(channel)
    photos = (Depicted(_sha256(before), "before", patient), Depicted(_sha256(after), "after", patient))
    decision = ConsentDecision()
    if policy.pairs_need_consent:
        registry = Registry(Home.at(home), read_only=True)
        decision = ask(registry, UseRequest(photos, policy.channel, policy.purpose))
    if as_json:
        typer.echo(decision.model_dump_json(indent=2))
    elif decision.decision == "block":
        typer.echo("This pair may not leave.")
        for code in decision.codes:
            typer.echo(_sentences(_row(code)))
    else:
        typer.echo(f"This pair may leave: {decision.record or 'no consent is needed for internal use'}.")
    raise typer.Exit(4 if decision.decision == "block" else 0)


@app.command()
def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="One code. Without it: the whole table.", show_default=False),
    ] = None,
    as_json: _Json = False,
) -> None:
    """Say what blocks a pair, why it matters and what to do."""
    from ..consent.gate import TABLE

    rows = [_row(code)] if code else list(TABLE)
    if as_json:
        told = [{"code": row.code, "seen": row.seen, "matters": row.matters, "do": row.do} for row in rows]
        typer.echo(json.dumps(told, indent=2))
        return
    for row in rows:
        typer.echo(_sentences(row))


def _row(code: str) -> Row:
    from ..consent.gate import TABLE

    for row in TABLE:
        if row.code == code.strip().upper():
            return row
    raise UsageError("CODE_UNKNOWN", "There is no code of that name. `photoguard consent explain` shows all.")


def _sentences(row: Row) -> str:
    return f"{row.code}\n  {row.seen} {row.matters}\n  {row.do}"


def _as_json(record: ConsentRecord) -> str:
    return json.dumps(record.model_dump(mode="json"), indent=2, ensure_ascii=False)


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
