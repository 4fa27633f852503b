from __future__ import annotations

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the setting is glibc's")

PREPARED = """
import resource
from pathlib import Path
import numpy as np
from photoguard.batch import memory

def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def held():
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) // 1024
"""


def told(program: str) -> int:
    run = subprocess.run(
        [sys.executable, "-c", PREPARED + program], check=True, capture_output=True, text=True
    )
    return int(run.stdout)


def test_what_one_photo_needed_is_there_for_the_next() -> None:
    rounds = """
before = faults()
for _ in range(10):
    bytearray(b"x") * 36_000_000
print(faults() - before)
"""
    assert told("memory.keep()" + rounds) < told(rounds) / 4


def test_what_a_very_large_photo_needed_goes_back_to_the_system() -> None:
    rounds = """
memory.keep()
large = [np.ones(80_000_000, np.uint8) for _ in range(5)]
del large
print(held())
"""
    assert told(rounds) < 350


def test_what_nets_needed_goes_back_once_they_are_asked_for_it() -> None:
    looked = """
from photoguard import ingest
from photoguard.detect import net
from photoguard.detect.text import TextDetector

TextDetector().find(ingest.from_pixels(np.full((3000, 4000, 3), 128, np.uint8)))
before = held()
net.give_back()
print(before - held())
"""
    assert told(looked) > 80
