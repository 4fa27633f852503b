"""The cue in the stored orientation: four of its eight values say that the stored picture is mirrored."""

from __future__ import annotations

from ..outcome import MirrorCue
from ..photo import Photo

MIRRORED = frozenset({2, 4, 5, 7})


def cue(photo: Photo) -> MirrorCue | None:
    """Strong, not decisive: some cameras write such a value to undo a flip, others to keep one."""
    if photo.facts.orientation not in MIRRORED:
        return None
    return MirrorCue(
        name="orientation",
        says="mirrored",
        strength="strong",
        detail="The file says that the picture was stored mirrored.",
    )
