"""Files that can't be used are named for what they are; nothing is ever mistaken for an empty one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from photoguard import database
from photoguard.audit import AuditLog
from photoguard.consent.registry import Registry
from photoguard.errors import StorageError
from photoguard.home import Home


def _foreign(file: Path) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE something (x)")
    raw.close()


def _newer(file: Path, kind: str) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE about (kind, version)")
        raw.execute("INSERT INTO about VALUES (?, '9')", [kind])
    raw.close()


def _stripped(file: Path, kind: str) -> None:
    with sqlite3.connect(file) as raw:
        raw.execute("CREATE TABLE about (kind, version)")
        raw.execute("INSERT INTO about VALUES (?, '1')", [kind])
    raw.close()


USES: list[tuple[str, Callable[[Home], Path], Callable[[Home], object]]] = [
    ("REGISTRY", lambda home: home.registry, lambda home: Registry(home).all()),
    ("REGISTRY", lambda home: home.registry, lambda home: Registry(home, read_only=True).digest()),
    ("AUDIT", lambda home: home.audit, lambda home: AuditLog(home).verify()),
    ("AUDIT", lambda home: home.audit, lambda home: AuditLog(home).append("x", {})),
]


@pytest.mark.parametrize(("kind", "file", "use"), USES)
def test_each_damage_has_its_own_code(
    tmp_path: Path, kind: str, file: Callable[[Home], Path], use: Callable[[Home], object]
) -> None:
    def code(name: str, make: Callable[[Path], object]) -> str:
        home = Home.at(tmp_path / name)
        make(file(home))
        with pytest.raises(StorageError) as caught:
            use(home)
        assert str(tmp_path) not in str(caught.value)
        assert caught.value.exit_code == 5
        return caught.value.code.removeprefix(f"{kind}_")

    other = "AUDIT" if kind == "REGISTRY" else "REGISTRY"
    assert code("noise", lambda at: at.write_bytes(b"noise" * 1000)) == "DAMAGED"
    assert code("foreign", _foreign) == "FOREIGN"
    assert code("other", lambda at: _stripped(at, other)) == "FOREIGN"
    assert code("newer", lambda at: _newer(at, kind)) == "NEWER"
    assert code("stripped", lambda at: _stripped(at, kind)) == "DAMAGED"
    assert code("folder", Path.mkdir) == "UNUSABLE"


@pytest.mark.parametrize(("kind", "file", "use"), USES)
def test_a_file_another_program_holds_is_waited_for_and_then_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    file: Callable[[Home], Path],
    use: Callable[[Home], object],
) -> None:
    monkeypatch.setattr(database, "_WAIT_SECONDS", 0.1)
    home = Home.at(tmp_path)
    other = sqlite3.connect(file(home), isolation_level=None)
    other.execute("CREATE TABLE about (kind, version)")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(StorageError, match=f"{kind}_LOCKED"):
        use(home)
    other.close()


def test_a_file_cut_at_any_page_never_reads_as_whole(tmp_path: Path) -> None:
    home = Home.at(tmp_path)
    log = AuditLog(home)
    log.append_many(("photo", {"number": number}) for number in range(60))
    whole = home.audit.read_bytes()
    for cut in range(512, len(whole), 3072):
        home.audit.write_bytes(whole[:cut])
        with pytest.raises(StorageError):
            log.verify()
    home.audit.write_bytes(whole)
    assert log.verify() == 60
