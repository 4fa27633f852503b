"""A practice's folder with a signed form and two photos."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from photoguard import database
from photoguard.consent.gate import Depicted, UseRequest
from photoguard.consent.intake import add
from photoguard.consent.record import ConsentRecord, MaskLevel
from photoguard.consent.registry import Registry
from photoguard.errors import PhotoguardError
from photoguard.home import Home
from photoguard.policy import Channel, Purpose

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


class Desk:
    """Somebody at work with the registry."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self.url = url
        self.home = Home.at(folder / "home", url)
        self.registry = Registry(self.home)
        self.form = folder / "Form.PDF"
        self.photos = [folder / "before.jpg", folder / "after.jpg"]
        if not self.form.exists():  # another process may be reading them
            self.form.write_bytes(b"%PDF-1.7 signed")
            for photo in self.photos:
                photo.write_bytes(photo.name.encode())
        self.hashes = [hashlib.sha256(photo.name.encode()).hexdigest() for photo in self.photos]

    def add(self, **changes: Any) -> ConsentRecord:
        says: dict[str, Any] = {
            "form": self.form,
            "patient": "P-1",
            "photos": self.photos,
            "channels": ["website", "social-media"],
            "signed_on": date(2026, 11, 1),
            "valid_until": date(2027, 11, 1),
            "grantor": "patient",
            "attested_by": "A. Keller",
            "language": "de",
            "statements": ["all"],
            "capacity": "yes",
            "born": date(1980, 5, 17),
            "now": NOW,
        } | changes
        return add(self.registry, says.pop("form"), **says)

    def asks(self, channel: Channel = Channel.WEBSITE, patient: str | None = None) -> UseRequest:
        """What somebody wants to do with the two photos."""
        before, after = (
            Depicted(sha256, role, patient, masking=MaskLevel.FACE)  # type: ignore[arg-type]
            for sha256, role in zip(self.hashes, ("before", "after"), strict=True)
        )
        return UseRequest((before, after), channel, Purpose.PUBLICATION)

    def edit(self, *statements: str) -> None:
        """What someone does who opens the database with another program, and has all rights to it."""
        if self.url:
            import psycopg

            with psycopg.connect(self.url.replace("+psycopg", ""), connect_timeout=10) as raw:
                raw.execute("SET session_replication_role = replica")  # no triggers, no foreign keys
                for statement in statements:
                    raw.execute(statement)  # type: ignore[call-overload]
            return
        with sqlite3.connect(self.home.registry) as raw:
            for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                raw.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                raw.execute(statement)
        raw.close()


def refused(code: str) -> Any:
    return pytest.raises(PhotoguardError, match=rf"\[{code}\]$")


@contextmanager
def full_disk(home: Home) -> Iterator[None]:
    """The registry can't grow by a single page."""
    pages = home.registry.stat().st_size // 4096
    made = database._sqlite

    def small(path: Path, access: database.Access) -> Any:
        engine = made(path, access)

        @database.event.listens_for(engine, "connect")
        def _(raw: Any, _: Any) -> None:
            raw.execute(f"PRAGMA max_page_count={pages}")

        return engine

    with pytest.MonkeyPatch.context() as there:
        there.setattr(database, "_sqlite", small)
        database._engine.cache_clear()
        yield
    database._engine.cache_clear()
