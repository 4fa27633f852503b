"""Environments for the programs and libraries that photoguard is measured beside.

Each gets one of its own: what they need clashes with photoguard's own versions, and with each other's.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import venv
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import platformdirs
from numpy.typing import NDArray

PEERS = Path(__file__).parent / "peers"

Arrays = dict[str, NDArray[np.generic]]


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


def ask_peer(python: Path, script: str, arrays: Arrays, *work: str) -> Arrays:
    """Hands arrays to a script of peers/ in another environment and returns what it makes of them."""
    with tempfile.TemporaryDirectory() as folder:
        given, made = Path(folder) / "given.npz", Path(folder) / "made.npz"
        np.savez(given, **arrays)
        subprocess.run([str(python), str(PEERS / script), *work, str(given), str(made)], check=True)
        with np.load(made) as results:
            return dict(results)


def numbered(name: str, pictures: Iterable[NDArray[np.uint8]]) -> Arrays:
    """Pictures as arrays named `name`_0, `name`_1 and so on."""
    return {f"{name}_{number}": picture for number, picture in enumerate(pictures)}
