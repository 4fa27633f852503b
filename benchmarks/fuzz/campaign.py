"""One harness under atheris, in a process of its own: `python -m fuzz.campaign NAME SECONDS FOLDER`.

Errors and leaks are written down and the run goes on, once for each place; what libFuzzer itself stops at (a hang, too
much memory, a crash of a decoder) ends the process. FOLDER/count tells at any time how many inputs were tried.
"""

from __future__ import annotations

import hashlib
import mmap
import os
import struct
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["photoguard"]):
    from .harness import MOST_MEGABYTES, MOST_SECONDS, Finding, Harness, attempt
    from .harnesses import BY_NAME

COUNT = "count"
_LONGEST = 1 << 16
_OWN_SHARE = 0.5
"""How often a change that knows the container is made, rather than one of libFuzzer's."""


def run(harness: Harness, seconds: int, folder: Path) -> None:
    """Never returns: libFuzzer ends the process."""
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for data in harness.seeds().values():
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    count, seen = _Count(folder / COUNT), set[str]()

    def one(data: bytes) -> None:
        count.up()
        found = attempt(harness, data)
        if found is not None and found.where not in seen:
            seen.add(found.where)
            keep(found, folder)

    def changed(data: bytes, most: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < _OWN_SHARE:
            return harness.change(data, random)[:most]
        return bytes(atheris.Mutate(data, most))

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={MOST_SECONDS}",
        f"-rss_limit_mb={MOST_MEGABYTES}",
        f"-max_len={_LONGEST}",
        f"-artifact_prefix={folder}/native-",
        "-verbosity=0",
    ]
    if harness.words:
        words = folder / "words"
        words.write_text("".join(_entry(word) for word in harness.words))
        options.append(f"-dict={words}")
    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=changed)
    atheris.Fuzz()


def _entry(word: bytes) -> str:
    """A line of a dictionary, as libFuzzer reads it."""
    return '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n'


def keep(found: Finding, folder: Path) -> None:
    """Write a finding down: the input, and what it led to."""
    name = f"{found.kind}-{hashlib.sha256(found.where.encode()).hexdigest()[:10]}"
    (folder / f"{name}.bin").write_bytes(found.data)
    (folder / f"{name}.txt").write_text(f"{found.where}\n\n{found.told}", encoding="utf-8")


class _Count:
    """A number in a file, right also when the process is killed."""

    def __init__(self, path: Path) -> None:
        handle = os.open(path, os.O_RDWR | os.O_CREAT)
        os.ftruncate(handle, 8)
        self._memory = mmap.mmap(handle, 8)
        (self._number,) = struct.unpack("<Q", self._memory[:8])

    def up(self) -> None:
        self._number += 1
        self._memory[:8] = struct.pack("<Q", self._number)


if __name__ == "__main__":
    run(BY_NAME[sys.argv[1]], int(sys.argv[2]), Path(sys.argv[3]))
