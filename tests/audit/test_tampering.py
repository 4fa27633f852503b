"""A thousand ways to change a log that somebody else keeps, each on a fresh copy, and each is noticed."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

import pytest

from photoguard.audit import AuditLog, Point, exported
from photoguard.audit.entry import sealed
from photoguard.consent.signing import PracticeKey, PublicKey
from photoguard.errors import StorageError
from photoguard.home import Home

COLUMNS = ("seq", "at", "event", "details", "previous", "hash")
ENTRIES = 12
Dice: TypeAlias = random.Random
Raw: TypeAlias = sqlite3.Connection


@dataclass(frozen=True)
class Victim:
    """A log with checkpoints in it, and the same exported."""

    home: Home
    database: bytes
    public: PublicKey
    lines: list[bytes]


@pytest.fixture(scope="module")
def victim(tmp_path_factory: pytest.TempPathFactory) -> Victim:
    home = Home.at(tmp_path_factory.mktemp("home"))
    log = AuditLog(home)
    for number in range(ENTRIES - 3):
        told = {"status": ("released", "blocked")[number % 2], "number": number, "sha256": f"{number:064x}"}
        log.append("photo", told, checkpoint=number % 3 == 2)
    assert log.verify() == ENTRIES
    exported.write(home, home.path / "log.jsonl")
    # What an attacker does first. That nothing can be changed before is a test of its own.
    with closing(sqlite3.connect(home.audit)) as raw, raw:
        for (trigger,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            raw.execute(f"DROP TRIGGER {trigger}")
    lines = (home.path / "log.jsonl").read_bytes().splitlines(keepends=True)
    return Victim(home, home.audit.read_bytes(), PracticeKey.at(home).public, lines)


def contents(raw: Raw) -> list[tuple[object, ...]]:
    return [
        *raw.execute("SELECT * FROM entry ORDER BY seq").fetchall(),
        *raw.execute("SELECT * FROM head").fetchall(),
    ]


def chance(dice: Dice) -> str | int | bytes:
    """A value of any kind that SQLite takes, most of them of the kinds that stand in a log."""
    return dice.choice(
        [
            f"{dice.getrandbits(256):064x}",
            f"2026-0{dice.randint(1, 9)}-01T00:00:00.000000+00:00",
            json.dumps({"status": "released", "number": dice.randint(0, 99)}),
            dice.choice(["photo", "checkpoint", "run_finished", ""]),
            dice.randint(-5, 50),
            dice.randbytes(8),
        ]
    )


def change_a_value(raw: Raw, dice: Dice) -> None:
    column, seq = dice.choice(COLUMNS[1:]), dice.randint(1, ENTRIES)
    raw.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (chance(dice), seq))


def change_a_character(raw: Raw, dice: Dice) -> None:
    column, seq = dice.choice(COLUMNS[1:]), dice.randint(1, ENTRIES)
    (text,) = raw.execute(f"SELECT {column} FROM entry WHERE seq = ?", (seq,)).fetchone()
    at = dice.randrange(len(text))
    text = text[:at] + dice.choice('0123456789abcdef "é') + text[at + dice.randint(0, 1) :]
    raw.execute(f"UPDATE entry SET {column} = ? WHERE seq = ?", (text, seq))


def take_a_value_of_another_entry(raw: Raw, dice: Dice) -> None:
    column = dice.choice(COLUMNS[1:])
    raw.execute(
        f"UPDATE entry SET {column} = (SELECT {column} FROM entry WHERE seq = ?) WHERE seq = ?",
        (dice.randint(1, ENTRIES), dice.randint(1, ENTRIES)),
    )


def change_the_number(raw: Raw, dice: Dice) -> None:
    raw.execute(
        "UPDATE entry SET seq = ? WHERE seq = ?", (dice.choice([-1, 0, 99]), dice.randint(1, ENTRIES))
    )


def remove(raw: Raw, dice: Dice) -> None:
    seq = dice.randint(1, ENTRIES)
    raw.execute("DELETE FROM entry WHERE seq = ?", (seq,))
    if dice.random() < 0.7:
        close_up(raw, seq)


def close_up(raw: Raw, gone: int) -> None:
    """Number the entries after one that is gone, link the chain again and put the head right, all but its signature."""
    for seq in range(gone + 1, ENTRIES + 1):
        raw.execute("UPDATE entry SET seq = seq - 1 WHERE seq = ?", (seq,))
    link(raw)


def link(raw: Raw) -> None:
    rows = raw.execute("SELECT seq, hash FROM entry ORDER BY seq").fetchall()
    for (_, previous), (seq, _) in pairwise(rows):
        raw.execute("UPDATE entry SET previous = ? WHERE seq = ?", (previous, seq))
    if rows:
        raw.execute("UPDATE head SET count = ?, hash = ?", rows[-1])


def reorder(raw: Raw, dice: Dice) -> None:
    one, other = dice.sample(range(1, ENTRIES + 1), 2)
    for before, after in ((one, 0), (other, one), (0, other)):
        raw.execute("UPDATE entry SET seq = ? WHERE seq = ?", (after, before))
    if dice.random() < 0.5:
        link(raw)


def insert(raw: Raw, dice: Dice) -> None:
    """A copy of an entry, or an invented one, somewhere; what follows moves up."""
    place = dice.randint(1, ENTRIES + 1)
    for seq in range(ENTRIES, place - 1, -1):
        raw.execute("UPDATE entry SET seq = seq + 1 WHERE seq = ?", (seq,))
    row = list(dice.choice(raw.execute("SELECT * FROM entry ORDER BY seq").fetchall()))
    if dice.random() < 0.5:
        row[dice.randint(1, 5)] = chance(dice)
    raw.execute("INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?)", (place, *row[1:]))
    if dice.random() < 0.7:
        link(raw)


def cut_off(raw: Raw, dice: Dice) -> None:
    raw.execute("DELETE FROM entry WHERE seq > ?", (dice.randint(0, ENTRIES - 1),))
    if dice.random() < 0.7:
        link(raw)


def change_the_head(raw: Raw, dice: Dice) -> None:
    match dice.randint(0, 3):
        case 0:
            raw.execute("DELETE FROM head")
        case 1:
            raw.execute("INSERT INTO head SELECT ?, count, hash, signed FROM head", (dice.randint(2, 9),))
        case _:
            column = dice.choice(["one", "count", "hash", "signed"])
            value = dice.randint(0, 50) if column == "one" else chance(dice)
            raw.execute(f"UPDATE head SET {column} = ?", (value,))


def rewrite_with_another_key(raw: Raw, dice: Dice) -> None:
    """All from an entry on, as one would write it who knows this source code and not the practice's secret."""
    key = dice.randbytes(32)
    start = dice.randint(1, ENTRIES)
    rows = raw.execute("SELECT * FROM entry WHERE seq >= ? ORDER BY seq", (start,)).fetchall()
    point = Point(start - 1, rows[0][4])
    for _, at, event, details, _, _ in rows:
        entry = point.next(key, at, event, details)
        raw.execute(
            "UPDATE entry SET previous = ?, hash = ? WHERE seq = ?", (entry.previous, entry.hash, entry.seq)
        )
        point = Point(entry.seq, entry.hash)
    signed = sealed(key, ["head", point.count, point.last])
    raw.execute("UPDATE head SET count = ?, hash = ?, signed = ?", (point.count, point.last, signed))


TAMPERINGS: tuple[Callable[[Raw, Dice], None], ...] = (
    change_a_value, change_a_character, take_a_value_of_another_entry, change_the_number, remove, reorder, insert,
    cut_off, change_the_head, rewrite_with_another_key,
)  # fmt: skip


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda tamper: tamper.__name__)
def test_a_hundred_random_tamperings_of_each_kind_are_all_noticed(
    victim: Victim, tmp_path: Path, tamper: Callable[[Raw, Dice], None]
) -> None:
    home = Home.at(tmp_path)
    shutil.copy(victim.home.path / "key", tmp_path / "key")
    log, dice, done = AuditLog(home), random.Random(tamper.__name__), 0
    while done < 100:
        home.audit.write_bytes(victim.database)
        with closing(sqlite3.connect(home.audit)) as raw:
            raw.execute("PRAGMA synchronous = OFF")
            before = contents(raw)
            with raw:
                tamper(raw, dice)
            after = contents(raw)
        if after == before:
            continue  # it drew what stood there already
        done += 1
        with pytest.raises(StorageError, match="AUDIT_BROKEN"):
            log.verify()
    home.audit.write_bytes(victim.database)
    assert log.verify() == ENTRIES


def test_random_tamperings_of_an_exported_log_are_all_noticed(victim: Victim, tmp_path: Path) -> None:
    file, dice, done = tmp_path / "log.jsonl", random.Random(7), 0
    while done < 300:
        lines = list(victim.lines)
        place, other = dice.randrange(len(lines)), dice.randrange(len(lines))
        match dice.randint(0, 5):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[other])
            case 2:
                lines[place], lines[other] = lines[other], lines[place]
            case 3:
                del lines[place:]
            case 4:
                at = dice.randrange(len(lines[place]))
                lines[place] = lines[place][:at] + dice.randbytes(1) + lines[place][at + dice.randint(0, 1) :]
            case (
                5
            ):  # the entries are put right again for the SHA-256 that anybody can compute; no signature is
                lines[place] = lines[place].replace(b"released", b"blocked").replace(b"00", b"11")
                lines = restated(lines)
        if lines == victim.lines:
            continue
        done += 1
        file.write_bytes(b"".join(lines))
        with pytest.raises(StorageError, match="AUDIT_EXPORT_BROKEN"):
            exported.verify(file, victim.public)
    file.write_bytes(b"".join(victim.lines))
    assert exported.verify(file, victim.public).count == ENTRIES


def restated(lines: list[bytes]) -> list[bytes]:
    """The same with every checkpoint's `state` computed anew, as docs/audit.md says that it is."""
    state, told = "0" * 64, []
    for line in lines:
        said = json.loads(line)
        checkpoint = said["details"] if said.get("event") == "checkpoint" else said
        if "state" in checkpoint:
            checkpoint["state"] = state
        text = json.dumps(said, sort_keys=True, separators=(",", ":"))
        told.append(text.encode() + b"\n")
        state = sha256((state + text).encode()).hexdigest()
    return told


def test_anybody_can_compute_the_states_that_are_signed(victim: Victim) -> None:
    assert restated(victim.lines) == victim.lines
