"""`photoguard consent list`, `show`, `uses`, `prove` and `explain`: what the registry holds and what the rules say."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .consent_options import HomeDir, Id, Json, Url, practice_of
from .language import say, why

if TYPE_CHECKING:
    from ..consent.held import Held, Used


def list_all(home: HomeDir = None, registry: Url = None, as_json: Json = False) -> None:
    """List all consents: id, whether it counts today, patient, last day, channels, number of photos."""
    from ..consent.record import last_day
    from .table import show as show_table

    now = datetime.now(UTC)
    held = practice_of(home, registry, read_only=True)[1].all()
    if as_json:
        told = [{"id": one.id, "standing": one.standing(now), "record": _document(one)} for one in held]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    if not held:
        typer.echo(say("terminal.no_consents"), err=True)
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


def show(record_id: Id, home: HomeDir = None, registry: Url = None, as_json: Json = False) -> None:
    """Show one consent, with what happened to it."""
    from .table import show as show_table

    held = practice_of(home, registry, read_only=True)[1].get(record_id)
    if as_json:
        typer.echo(as_document(held))
        return
    rows = list(flat(told(held)))
    show_table(("", ""), rows)


def uses(record_id: Id, home: HomeDir = None, registry: Url = None, as_json: Json = False) -> None:
    """Say where the photos of a consent went: when, through which channel, which files."""
    held = practice_of(home, registry, read_only=True)[1].get(record_id)
    if as_json:
        typer.echo(json.dumps([_use(one) for one in held.uses], indent=2, ensure_ascii=False))
        return
    show_uses(held)


def prove(home: HomeDir = None, registry: Url = None) -> None:
    """Prove that nothing in the registry was changed from outside. Exit code: 0 it is whole, 5 it is not."""
    head = practice_of(home, registry, read_only=True)[1].prove()
    typer.echo(f"The registry is whole: {head.count} {'event' if head.count == 1 else 'events'}.")
    typer.echo(f"Last hash, to keep elsewhere: {head.hash}")


def explain(
    code: Annotated[
        str | None,
        typer.Argument(metavar="CODE", help="One code. Without it: the whole table.", show_default=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what blocks a pair, why it matters and what to do."""
    from ..consent.rules import TABLE

    codes = [_known(code)] if code else [row.code for row in TABLE]
    if as_json:
        told = [dict(zip(("code", "seen", "matters", "do"), (one, *why(one)), strict=True)) for one in codes]
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    for one in codes:
        typer.echo(sentences(one))


def show_uses(held: Held) -> None:
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


def as_document(held: Held) -> str:
    """A record with its history, as JSON."""
    return json.dumps(told(held), indent=2, ensure_ascii=False)


def told(held: Held) -> dict[str, Any]:
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


def flat(value: object, name: str = "") -> list[tuple[str, object]]:
    """Nested values as lines of a name with dots and a value."""
    if isinstance(value, dict):
        return [row for key, inner in value.items() for row in flat(inner, f"{name}.{key}".removeprefix("."))]
    if isinstance(value, list):
        return [row for inner in value for row in flat(inner, name)]
    return [] if value is None else [(name, value)]


def _known(code: str) -> str:
    from ..consent.rules import row_of

    row = row_of(code)
    if row is None:
        raise UsageError(
            "CODE_UNKNOWN", "There is no code of that name. `photoguard consent explain` shows all."
        )
    return row.code


def sentences(code: str) -> str:
    """A code with what was seen, why it matters and what to do, in lines."""
    seen, matters, do = why(code)
    return f"{code}\n  {seen} {matters}\n  {do}"
