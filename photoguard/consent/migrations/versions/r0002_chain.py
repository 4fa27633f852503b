"""Events become a chain with a sealed head; persons; manifests of released files; keys with their system."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import context, op

from photoguard.consent.events import Event, Head, What, digest, moment
from photoguard.database import guards

revision = "0002"
down_revision = "0001"

_GUARDED = ("about", "record", "record_photo", "person", "person_key", "event", "derivation")


def upgrade() -> None:
    """Make the new tables and take over what the old ones hold."""
    connection = op.get_bind()
    _unguard(connection)
    number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "person",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("key", sa.Text, nullable=False, index=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.create_table(
        "person_key",
        sa.Column("seq", number, sa.ForeignKey("person.seq"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True, index=True),
    )
    event = op.create_table(
        "event",
        sa.Column("seq", number, primary_key=True, autoincrement=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("record", sa.Text, sa.ForeignKey("record.id"), index=True),
        sa.Column("details", sa.Text, nullable=False),
        sa.Column("previous", sa.Text, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
    )
    head = op.create_table(
        "head",
        sa.Column("one", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("count", sa.BigInteger, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("latest", sa.Text, nullable=False),
        sa.Column("seal", sa.Text, nullable=False),
    )
    op.create_table(
        "derivation",
        sa.Column("output_sha256", sa.Text, primary_key=True),
        sa.Column("signature", sa.Text, primary_key=True),
        sa.Column("document", sa.Text, nullable=False),
    )
    op.execute(sa.text("UPDATE record SET patient = 'practice|' || patient"))
    chain = _chain(connection)
    end = chain[-1] if chain else None
    told = Head(end.seq, end.hash, max(one.at for one in chain)) if end else Head()
    if chain:
        connection.execute(
            sa.insert(event),
            [{name: getattr(one, name) for name in Event.__dataclass_fields__} for one in chain],
        )
    sealed = context.config.attributes["seal"](told.count, told.hash, told.latest)
    connection.execute(
        sa.insert(head).values(one=1, count=told.count, hash=told.hash, latest=told.latest, seal=sealed)
    )
    op.drop_table("record_event")
    op.execute(sa.text("UPDATE about SET version = '2'"))
    for table in _GUARDED:
        for statement in guards(table)[connection.dialect.name]:
            op.execute(sa.text(statement.replace(":", "\\:")))


def _unguard(connection: sa.Connection) -> None:
    """The first version guarded its tables on SQLite only, where it alone ran."""
    if connection.dialect.name == "sqlite":
        for table in ("about", "record", "record_photo", "record_event"):
            for verb in ("update", "delete"):
                op.execute(sa.text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))


def _chain(connection: sa.Connection) -> list[Event]:
    """The old events as a chain. What was dated in the future is written down as of now."""
    now = datetime.now(UTC)
    records = {
        row.id: (row.patient, row.document)
        for row in connection.execute(sa.text("SELECT id, patient, document FROM record"))
    }
    photos = defaultdict(list)
    for row in connection.execute(sa.text("SELECT record, sha256 FROM record_photo ORDER BY sha256")):
        photos[row.record].append(row.sha256)
    chain: list[Event] = []
    old = sa.text("SELECT record, kind, at, details FROM record_event ORDER BY seq")
    for row in connection.execute(old):
        at = datetime.fromisoformat(row.at)
        details = json.loads(row.details)
        if row.kind == "granted":
            patient, document = records[row.record]
            details = {"digest": digest(row.record, patient, document, *photos[row.record])}
        elif row.kind == "revoked":
            details["revoked_at"] = moment(at)
        seq, previous = (chain[-1].seq, chain[-1].hash) if chain else (0, Head().hash)
        chain.append(Event.after(seq, previous, min(at, now), What(row.kind), row.record, details))
    return chain
