"""A command without a network.

In a namespace that has no interfaces where this machine allows one; and in any case Python forbids the command and all
it starts to make a socket that could leave the machine, and writes down that one was asked for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

# Found by every Python that starts with this folder in PYTHONPATH, so by worker processes too.
_CUSTOMS = """
import os
import sys

_ASKED = frozenset({"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.bind"})


def _refuse(event, said):
    if event in _ASKED or (event == "socket.__new__" and said[1] != 1):  # AF_UNIX stays within the machine
        with open(os.environ["NETWORK_ASKED"], "a") as log:
            log.write(f"{event} {said[1:]}\\n")
        raise PermissionError("there is no network")


sys.addaudithook(_refuse)
"""


@dataclass(frozen=True)
class Offline:
    """Runs commands. `folder` is for its own files."""

    folder: Path

    @cached_property
    def namespace(self) -> tuple[str, ...]:
        """What a command begins with to be in a namespace without interfaces; empty where that is not allowed."""
        begin = ("unshare", "--map-root-user", "--net")
        allowed = (
            shutil.which("unshare") and subprocess.run([*begin, "true"], capture_output=True).returncode == 0
        )
        return begin if allowed else ()

    @property
    def asked(self) -> str:
        """Every attempt to use a network."""
        log = self.folder / "asked"
        return log.read_text() if log.exists() else ""

    def run(
        self,
        words: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        """The command, without a network."""
        (self.folder / "sitecustomize.py").write_text(_CUSTOMS)
        own = {"PYTHONPATH": str(self.folder), "NETWORK_ASKED": str(self.folder / "asked")}
        return subprocess.run(
            [*self.namespace, *words],
            env={**os.environ, **(environment or {}), **own},
            cwd=cwd, timeout=timeout, capture_output=True, text=True, check=False,
        )  # fmt: skip
