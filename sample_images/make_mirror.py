"""Makes the samples of the mirror check that need a second picture or a name: `python sample_images/make_mirror.py`.

A file that still holds the picture as it was, a pair, a photo that lies there both ways. Like make.py, it needs
photoguard and scikit-image, and the same versions of the libraries give the same bytes.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import camera
import piexif
from paint import Lesion, Scene, skin
from PIL import Image

HERE = Path(__file__).parent
_FLIP = Image.Transpose.FLIP_LEFT_RIGHT


def mirror_samples(folder: Path = HERE) -> None:
    """Write the samples into `folder`/mirrored."""
    place = folder / "mirrored"
    place.mkdir(exist_ok=True)
    for name, content in {**_thumbnail(), **_pair(), **_batch()}.items():
        (place / name).write_bytes(content)


def _plain(picture: Image.Image) -> bytes:
    """A JPEG without a thumbnail: no other cue may give it away."""
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=84)
    return written.getvalue()


def _thumbnail() -> dict[str, bytes]:
    """Flipped by a program that left the camera's thumbnail as it was."""
    wound = Scene(311, tone=0.5, angle=14, drape="green", lesions=(Lesion("wound", (-0.12, 0.05), 0.15, 10),))
    taken = skin(wound)
    written = io.BytesIO()
    taken.transpose(_FLIP).save(written, "JPEG", quality=84, exif=camera.exif(taken))
    assert piexif.load(written.getvalue())["thumbnail"]
    return {"thumbnail.jpg": written.getvalue()}


def _pair() -> dict[str, bytes]:
    """Before and after of one site; the second one is flipped, turned, larger and in another light."""
    marks = (Lesion("mole", (0.15, 0.05), 0.05), Lesion("cut", (-0.1, 0.0), 0.16, -15))
    before = Scene(321, size=(960, 720), tone=0.3, hairs=160, lesions=marks)
    after = replace(before, light=(-0.3, -0.6, 0.75))
    turned = skin(after).rotate(9, Image.Resampling.BICUBIC).crop((110, 90, 850, 645)).resize((960, 720))
    return {"shin before.jpg": _plain(skin(before)), "shin after.jpg": _plain(turned.transpose(_FLIP))}


def _batch() -> dict[str, bytes]:
    """One photo that lies there straight and, sent on by a messenger, flipped."""
    rash = skin(Scene(331, tone=0.45, limb=False, lesions=(Lesion("rash", (0.15, 0.05), 0.28),)))
    return {
        "both_ways.jpg": _plain(rash),
        "both_ways (1).jpg": _plain(rash.resize((810, 608)).transpose(_FLIP)),
    }


if __name__ == "__main__":
    mirror_samples()
