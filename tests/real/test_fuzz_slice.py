"""The harnesses of benchmarks/fuzz hold, over their seeds and a few changed ones, always the same.

`.ci/run` fuzzes with them for ten minutes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.append(str(BENCHMARKS))  # last: profile.py there must not hide Python's own

from fuzz import line, planted  # noqa: E402
from fuzz.harness import Finding, Harness, Leak, attempt, tries  # noqa: E402
from fuzz.harnesses import BY_NAME, HARNESSES  # noqa: E402

from photoguard import egress, ingest  # noqa: E402
from photoguard.errors import UsageError  # noqa: E402

SLOW = {"photoguard.clean": 0, "file to file": 40, "signed form": 15, "table, Excel": 15}
"""How many changed inputs; the quick ones take 40 milliseconds for theirs."""
QUICK = 50


@pytest.fixture(autouse=True)
def quiet_decoders() -> Iterator[None]:
    """libtiff and libjpeg complain on the process's own stderr."""
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    yield
    os.dup2(kept, 2)
    os.close(kept)
    os.close(nothing)


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's, of damaged metadata
@pytest.mark.parametrize("harness", HARNESSES, ids=lambda harness: harness.name)
def test_nothing_is_found(harness: Harness) -> None:
    found = [one for data in tries(harness, SLOW.get(harness.name, QUICK)) if (one := attempt(harness, data))]
    assert found == []


@pytest.mark.parametrize("name", [name for name in BY_NAME if name.startswith("photo: ")])
def test_seeds_of_photos_are_read(name: str) -> None:
    """Else what is made of them is refused at the first look, and nothing is tried."""
    for data in BY_NAME[name].seeds().values():
        assert ingest.read(data, 1.0).pixels.any()


def test_every_place_that_is_named_holds_its_mark() -> None:
    planted_ones = set[str]().union(*(planted.left(data) for data in planted.everything().values()))
    assert planted_ones == set(planted.PLACES)


@pytest.mark.parametrize("cut", [slice(None), slice(0, 8), slice(8, 16), slice(3, 11)])
@pytest.mark.parametrize("place", ["make", "under transparency"])
def test_a_mark_is_known_by_half_of_it(place: str, cut: slice) -> None:
    left = planted.mark(place)[cut]
    assert planted.left(b"\xff\xd8" + left + b"..") == {place}
    assert planted.left(left.decode().encode("utf-16-be")) == {place}


def _fails(data: bytes) -> None:
    if data.startswith(b"own"):
        raise UsageError("ANY", "ours")
    if data.startswith(b"leak"):
        raise Leak("make")
    if data:
        raise ValueError(data)


@pytest.mark.parametrize(("data", "kind"), [(b"", None), (b"own", None), (b"leak", "leak"), (b"?", "crash")])
def test_only_errors_of_our_own_are_let_through(data: bytes, kind: str | None) -> None:
    harness = Harness("any", lambda: {"": data}, _fails)
    (found,) = (attempt(harness, one) for one in tries(harness, 0))
    assert (found.kind if isinstance(found, Finding) else None) == kind


@pytest.mark.parametrize(
    "name", ["JPEG, baseline", "PNG, all blocks", "PNG, transparent", "WebP, lossy", "DICOM, JPEG"]
)
def test_a_file_that_is_passed_on_as_it_came_is_a_leak(name: str) -> None:
    source = planted.everything()[name]
    with pytest.raises(Leak):
        line.judge(source, ingest.read(source, 1.0))


def test_an_output_that_tells_something_unplanted_is_a_leak() -> None:
    source = ingest.read(planted.jpegs()["baseline"], 1.0)
    written = egress.write(source, source.pixels, ()).data
    line.judge(written, source)
    with pytest.raises(Leak):
        line.judge(written + b"a trailer", source)
    with pytest.raises(Leak):
        line.judge(written[:2] + b"\xff\xfe\0\4hi" + written[2:], source)
