"""Photo -> [Finding]: one module per thing found, plugged in through the entry-point group `photoguard.detectors`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from ..errors import ModelError, PhotoguardError
from ..photo import Finding, Photo

GROUP = "photoguard.detectors"
BUILT_IN = ("background", "codes", "faces", "tattoos", "text")
"""Without any of these photoguard does not start: half an installation must not pass for a whole one."""


class Detector(Protocol):
    """Looks for one kind of thing. Made once per process, then called for many photos.

    Calls may come from different threads, but one after the other; other detectors may be looking meanwhile.
    """

    name: str

    def find(self, photo: Photo) -> Sequence[Finding]:
        """What is in the photo, boxes in upright pixels within it."""
        ...

    def glance(self, photo: Photo) -> Sequence[Finding]:
        """What a quick look is sure of: for photos that `find` has looked at and whose masks are painted.

        Outside the masks such a photo is proved to be the one `find` has seen. What is looked for here is what
        the masks themselves could have gone wrong about; a detector without a quicker way calls `find`.
        """
        ...


def load(names: Collection[str] | None = None) -> tuple[Detector, ...]:
    """The installed detectors, all of them (the built-in ones at least) or those named, ordered by name.

    A detector is an entry point of the group `photoguard.detectors`: a class that is called without arguments.
    Raises ModelError: DETECTOR_BROKEN where one is missing, there twice or can't be loaded (photoguard then
    refuses to start: a photo that nobody looked at must not pass as one in which nothing was found), or what the
    detector's own check of its models raised.
    """
    points: dict[str, EntryPoint] = {}
    for point in entry_points(group=GROUP):
        if points.setdefault(point.name, point).value != point.value:
            raise ModelError(
                "DETECTOR_BROKEN",
                f"Two different detectors are called '{point.name}'. Remove one of the packages.",
            )
    wanted = sorted({*points, *BUILT_IN} if names is None else names)
    if not wanted:
        raise ModelError("DETECTOR_BROKEN", "No detector was asked for: nobody would look at the photo.")
    return tuple(_made(name, points.get(name)) for name in wanted)


def _made(name: str, point: EntryPoint | None) -> Detector:
    if point is None:
        raise ModelError("DETECTOR_BROKEN", f"The detector '{name}' is not installed.")
    try:
        detector: Detector = point.load()()
    except PhotoguardError:
        raise
    except Exception as error:  # a plug-in may fail in any way, and none of them may let a photo pass unseen
        kind = type(error).__name__
        raise ModelError("DETECTOR_BROKEN", f"The detector '{name}' can't be loaded ({kind}).") from error
    return detector
