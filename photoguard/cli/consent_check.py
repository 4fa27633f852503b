"""`photoguard consent check` and `admits`: ask the gate about files that are about to leave."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from ..errors import UsageError
from .consent_look import sentences
from .consent_options import HomeDir, Json, Url, practice_of, sha256_of
from .language import say


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
    home: HomeDir = None,
    registry: Url = None,
    as_json: Json = False,
) -> None:
    """Say whether these two files may leave, as they are. Exit code: 0 they may, 4 they may not.

    An allow holds for minutes, and is written down as a use of the consent.
    """
    from ..batch.consent import decide, leaving, masking
    from ..consent.case import Depicted
    from ..policy import Policy

    policy = Policy.for_channel(channel).to(outlet, country)
    practice, _ = practice_of(home, registry)
    token = None
    if originals:
        masked = masking(policy)
        photos = (
            Depicted(sha256_of(before), "before", patient, masking=masked),
            Depicted(sha256_of(after), "after", patient, masking=masked),
        )
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
            typer.echo(sentences(code))
    else:
        typer.echo(
            say("terminal.may_leave", decision.record) if decision.record else say("terminal.not_needed")
        )
        if token:
            typer.echo(say("terminal.holds_until", f"{token.expires_at.astimezone():%H:%M}"))
    raise typer.Exit(4 if decision.decision == "block" else 0)


def admits(
    token: Annotated[
        Path, typer.Argument(metavar="TOKEN", help="What `check --json` printed.", show_default=False)
    ],
    before: Annotated[Path, typer.Argument(metavar="FILE", help="The file before.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="FILE", help="The file after.", show_default=False)],
    channel: Annotated[str, typer.Option("--for", metavar="CHANNEL", help="Where the pair is going.")],
    home: HomeDir = None,
    registry: Url = None,
) -> None:
    """Say whether an allow still holds for these bytes. Exit code: 0 it does, 4 it does not."""
    from ..consent.signing import PracticeKey
    from ..consent.token import Token
    from ..policy import Policy

    practice, records = practice_of(home, registry, read_only=True)
    try:
        told = json.loads(token.read_text(encoding="utf-8"))
        allow = Token.model_validate_json(json.dumps(told.get("token", told)))
    except (OSError, ValueError, AttributeError, RecursionError):
        raise UsageError("TOKEN_INVALID", "This is not what `consent check --json` prints.") from None
    holds = allow.admits(
        PracticeKey.at(practice),
        sha256_of(before),
        sha256_of(after),
        Policy.for_channel(channel).channel,
        records.get(allow.record).revision,
        datetime.now(UTC),
    )
    typer.echo("These files may leave." if holds else "These files may not leave any more. Check them again.")
    raise typer.Exit(0 if holds else 4)
