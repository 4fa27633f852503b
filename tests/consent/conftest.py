"""A practice's folder, with its registry as a file and in a PostgreSQL server that the tests start themselves."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from consent_desk import Desk

from photoguard import database
from photoguard.consent import ledger

_SECONDS = 60


def _binaries() -> Path | None:
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), *Path("/usr/bin").glob("initdb")]
    return max(found).parent if found else None


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.name != "posix" or os.getuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    return {}


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The address of a running server, without a database."""
    binaries = _binaries()
    psycopg = pytest.importorskip("psycopg")
    if binaries is None:
        pytest.skip("no PostgreSQL server is installed")
    who = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if who:
        os.chown(folder, who["user"], who["group"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    running = None
    try:
        subprocess.run(
            [binaries / "initdb", "-D", data, "-A", "trust", "-U", "practice", "--no-sync", "--locale=C", "-E", "UTF8"],
            check=True, timeout=_SECONDS, capture_output=True, cwd=folder, **who,
        )  # fmt: skip
        running = subprocess.Popen(
            [binaries / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1",
             "-c", "fsync=off", "-c", "max_connections=60", "-c", "shared_buffers=16MB"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **who,
        )  # fmt: skip
        address = f"practice@127.0.0.1:{port}"
        deadline = time.monotonic() + _SECONDS
        while True:
            try:
                psycopg.connect(f"postgresql://{address}/postgres", connect_timeout=5).close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline or running.poll() is not None:
                    pytest.skip("the PostgreSQL server does not start here")
                time.sleep(0.1)
        yield address
    finally:
        if running is not None:
            running.send_signal(signal.SIGINT)  # at once: on SIGTERM it waits for connections that pools keep
            try:
                running.wait(20)
            except subprocess.TimeoutExpired:
                running.kill()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database_url(server: str) -> str:
    """An empty database: always the same one, since making a new one for each test writes a thousand files."""
    import psycopg

    with psycopg.connect(f"postgresql://{server}/postgres", autocommit=True, connect_timeout=10) as made:
        # Whatever a test before this one left open.
        made.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        made.execute("DROP SCHEMA public CASCADE")
        made.execute("CREATE SCHEMA public")
    url = f"postgresql+psycopg://{server}/postgres"
    database._engine.cache_clear()
    database._SEEN.pop(url, None)
    ledger._PROVED.pop(url, None)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    """A practice with a signed form and two photos, once with each kind of registry."""
    url = request.getfixturevalue("database_url") if request.param == "postgresql" else None
    return Desk(tmp_path, url)


@pytest.fixture
def file_desk(tmp_path: Path) -> Desk:
    """The same with a file only."""
    return Desk(tmp_path)
