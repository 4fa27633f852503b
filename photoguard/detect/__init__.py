"""Photo -> [Finding]: one module per thing found, plugged in through the entry-point group `photoguard.detectors`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.metadata import entry_points
from typing import Protocol

from ..errors import ModelError, PhotoguardError
from ..photo import Finding, Photo

GROUP = "photoguard.detectors"


class Detector(Protocol):
    """Looks for one kind of thing. Made once per process, then called for many photos."""

    name: str

    def find(self, photo: Photo) -> Sequence[Finding]:
        """What is in the photo, boxes in upright pixels within it."""
        ...


def load(names: Collection[str] | None = None) -> tuple[Detector, ...]:
    """The installed detectors, all of them or those named, ordered by name.

    A detector is an entry point of the group `photoguard.detectors`: a class that is called without arguments.
    Raises ModelError: DETECTOR_BROKEN where one is missing or can't be loaded (photoguard then refuses to start:
    a photo that nobody looked at must not pass as one in which nothing was found), or what the detector's own
    model check raised.
    """
    found = {point.name: point for point in entry_points(group=GROUP)}
    wanted = sorted(found if names is None else names)
    if not wanted:
        raise ModelError("DETECTOR_BROKEN", "No detector is installed. Install photoguard again.")
    detectors: list[Detector] = []
    for name in wanted:
        try:
            detectors.append(found[name].load()())
        except PhotoguardError:
            raise
        except Exception as error:  # a plug-in may fail in any way; none of them may let a photo pass unseen
            raise ModelError(
                "DETECTOR_BROKEN", f"The detector '{name}' can't be loaded ({type(error).__name__})."
            ) from error
    return tuple(detectors)
