"""What is tried, and what counts as found."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from photoguard.errors import PhotoguardError

from . import mutate

MOST_SECONDS = 10
MOST_MEGABYTES = 2048


class Leak(Exception):
    """Something of the source that may not leave stands in an output."""


@dataclass(frozen=True, slots=True)
class Harness:
    """A way to feed bytes to photoguard. `check` returns, or raises a PhotoguardError, where all is well."""

    name: str
    seeds: Callable[[], Mapping[str, bytes]]
    check: Callable[[bytes], None]
    change: Callable[[bytes, Random], bytes] = mutate.file
    words: tuple[bytes, ...] = ()
    """What means something to this reader; libFuzzer puts it in."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An input that something was found with."""

    kind: str
    """crash, hang or leak."""
    where: str
    """The same for all inputs that find the same."""
    data: bytes = field(repr=False)
    told: str = field(default="", repr=False)


def attempt(harness: Harness, data: bytes) -> Finding | None:
    """Try one input."""
    start = time.perf_counter()
    try:
        harness.check(data)
    except PhotoguardError:
        pass
    except Leak as leak:
        return Finding("leak", str(leak), data)
    except Exception as error:
        return Finding("crash", _where(error), data, traceback.format_exc())
    if time.perf_counter() - start > MOST_SECONDS:
        return Finding("hang", harness.name, data)
    return None


def tries(harness: Harness, count: int, seed: int = 0) -> Iterator[bytes]:
    """Every seed, then `count` changed ones: always the same."""
    seeds = list(harness.seeds().values())
    yield from seeds
    random = Random(seed)
    for _ in range(count):
        data = random.choice(seeds)
        for _ in range(random.randint(1, 3)):
            data = harness.change(data, random)
        yield data


def _where(error: BaseException) -> str:
    """The kind of error, and the last line of photoguard that it went through."""
    frames = [
        one for one in traceback.extract_tb(error.__traceback__) if "photoguard" in Path(one.filename).parts
    ]
    last = f" in {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{last}"
