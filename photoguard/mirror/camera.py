"""The cue in the camera: many phones mirror what the front camera takes."""

from __future__ import annotations

from ..outcome import MirrorCue
from ..photo import Photo


def cue(photo: Photo) -> MirrorCue | None:
    """Weak: worth saying beside another cue, nothing by itself."""
    if not photo.facts.front_camera:
        return None
    return MirrorCue(
        name="camera",
        says="mirrored",
        strength="weak",
        detail="The front camera took the photo. Many phones mirror such photos.",
    )
