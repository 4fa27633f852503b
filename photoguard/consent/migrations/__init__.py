"""The registry's tables from version to version, run by Alembic within the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, inspect, text

FIRST = "0001"


def upgrade(connection: Connection, seal: Callable[[int, str, str], str]) -> None:
    """Make the registry's tables in an empty database, or bring older ones to this version.

    `seal` seals the head of the chain: called with its count, hash and latest time.
    """
    config = Config(attributes={"connection": connection, "seal": seal})
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    there = set(inspect(connection).get_table_names())
    if "about" in there and "alembic_version" not in there:
        # The first version made its tables without Alembic.
        connection.execute(
            text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
        )
        connection.execute(text("INSERT INTO alembic_version VALUES (:first)"), {"first": FIRST})
    command.upgrade(config, "head")
