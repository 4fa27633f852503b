"""Environments for the programs and libraries that photoguard is measured beside.

Each gets one of its own: what they need clashes with photoguard's own versions, nor with each other.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import venv
from collections.abc import Sequence
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """$PHOTOGUARD_BENCH_CACHE, else photoguard-benchmarks in the user's cache folder."""
    chosen = os.environ.get("PHOTOGUARD_BENCH_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("photoguard-benchmarks", appauthor=False)


def peer_python(name: str, packages: Sequence[str]) -> Path:
    """The interpreter of an environment that holds the packages (as pip names them), made on first use.

    Another list of packages makes another environment. Nothing else in a benchmark uses the network.
    Raises subprocess.CalledProcessError where the packages can't be installed.
    """
    wanted = hashlib.sha256("\n".join(sorted(packages)).encode()).hexdigest()[:12]
    folder = cache_folder() / f"{name}-{wanted}"
    python = folder / "bin" / "python"
    finished = folder / "finished"
    if not finished.exists():
        shutil.rmtree(folder, ignore_errors=True)
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages]
        subprocess.run(command, check=True)
        finished.touch()
    return python
