"""A Dask cluster in processes of its own: run as a program it is the scheduler, with its workers as children."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).parent.parent
WITHOUT = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
"""Begins a command that mounts for itself alone. Not every computer lets one."""


@dataclass(frozen=True, slots=True)
class Running:
    """A cluster that runs, and the file that it and its workers log to."""

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def kill(self) -> None:
        """The scheduler and all that it started, at once."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def running(
    log: Path,
    workers: int,
    port: int = 0,
    hidden: Path | None = None,
    **environment: str,
) -> Iterator[Running]:
    """A scheduler with so many worker processes of one thread. `environment` is the workers' alone.

    In place of the folder `hidden` they see an empty one, as a computer does that does not share it.
    """
    command = [sys.executable, __file__, str(workers), str(port), json.dumps(environment)]
    if hidden is not None:
        command = [*WITHOUT, 'mount -t tmpfs none "$0" && exec "$@"', str(hidden), *command]
    with log.open("ab") as written:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=written,
            cwd="/",  # paths must not hang on where a worker stands
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "HOME": "/"},
            start_new_session=True,
        )
    cluster = Running(_first_line(process.stdout), process, log)
    try:
        yield cluster
    finally:
        if process.poll() is None:
            process.communicate(timeout=60)  # the end of its input is its end


def _first_line(stream: IO[bytes] | None) -> str:
    assert stream is not None
    return stream.readline().decode().strip()


if __name__ == "__main__":
    from dask.distributed import LocalCluster

    with LocalCluster(
        n_workers=int(sys.argv[1]),
        threads_per_worker=1,
        processes=True,
        scheduler_port=int(sys.argv[2]),
        dashboard_address=None,
        silence_logs=False,
        env=json.loads(sys.argv[3]),
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
