"""The registry's tables, as `migrations/` makes them. All but `head` are only ever added to."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, MetaData, Table, Text

from ..database import about_table

VERSION = 2
"""Of the tables; each step of `migrations/versions` makes one."""

TABLES = MetaData()
about_table(TABLES)

RECORD = Table(
    "record",
    TABLES,
    Column("id", Text, primary_key=True),
    Column("patient", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
)
"""`patient` is `system|value`, `document` the record's canonical JSON."""

RECORD_PHOTO = Table(
    "record_photo",
    TABLES,
    Column("record", ForeignKey("record.id"), primary_key=True),
    Column("sha256", Text, primary_key=True, index=True),
)

PERSON = Table(
    "person",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False, index=True),
    Column("document", Text, nullable=False),
)
"""Each row says all about a person from then on: of the rows with one `key`, the last counts. `seq` is its event's."""

PERSON_KEY = Table(
    "person_key",
    TABLES,
    Column("seq", ForeignKey("person.seq"), primary_key=True),
    Column("key", Text, primary_key=True, index=True),
)
"""Under which keys, in all systems, a row of `person` is found."""

EVENT = Table(
    "event",
    TABLES,
    Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("record", ForeignKey("record.id"), index=True),
    Column("details", Text, nullable=False),
    Column("previous", Text, nullable=False),
    Column("hash", Text, nullable=False),
)

HEAD = Table(
    "head",
    TABLES,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("latest", Text, nullable=False),
    Column("seal", Text, nullable=False),
)

DERIVATION = Table(
    "derivation",
    TABLES,
    Column("output_sha256", Text, primary_key=True),
    Column("signature", Text, primary_key=True),
    Column("document", Text, nullable=False),
)
"""Signed manifests of released files; what makes them trustworthy is the signature."""
