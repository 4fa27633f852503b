"""The samples of the mirror check: one for every cue, with only that cue in it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace

import camera
import stickers
from paint import Lesion, Scene, skin
from PIL import Image

_FLIP = Image.Transpose.FLIP_LEFT_RIGHT
_SMALL = (720, 540)
_MOLE = (Lesion("mole", (0.04, 0.02), 0.060),)


def samples() -> Iterator[tuple[str, bytes]]:
    """Name and content of each. Those in folders of their own need a second picture, or a name."""
    named = stickers.lay(skin(_arm(111)), stickers.label(stickers.NAME, size=34), (0.30, 0.84), 2)
    yield "label.jpg", camera.jpeg(named.transpose(_FLIP))
    coded = stickers.lay(skin(_arm(121, tone=0.7)), stickers.qr("004711|MUSTERMANN|MAX", 6), (0.22, 0.80), 0)
    yield "code.jpg", camera.jpeg(coded.transpose(_FLIP))
    for tag, seed in ((2, 131), (5, 141), (7, 151)):
        yield f"tag_{tag}.jpg", camera.jpeg(skin(_arm(seed, angle=-30 + seed % 50)), orientation=tag)
    yield "front_camera.jpg", _front_camera()
    yield "thumbnail.jpg", _thumbnail()
    yield "preview.jpg", _preview()
    yield from _pair()
    yield from _both_ways()
    yield "side/left_hand.jpg", _hand()


def _arm(seed: int, **changes: object) -> Scene:
    return Scene(**{"seed": seed, "tone": 0.22, "lesions": _MOLE, **changes})


def _plain(picture: Image.Image) -> bytes:
    """A JPEG without a thumbnail, which would give a flip away."""
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80)
    return written.getvalue()


def _front_camera() -> bytes:
    """As many phones store it: picture and thumbnail both mirrored. Nothing but the lens's name speaks of it."""
    rash = skin(Scene(301, size=_SMALL, tone=0.4, limb=False, lesions=(Lesion("rash", (0.1, 0.0), 0.26),)))
    mirrored, written = rash.transpose(_FLIP), io.BytesIO()
    mirrored.save(written, "JPEG", quality=80, exif=camera.exif(mirrored, lens="front camera 2.7mm f/2.2"))
    return written.getvalue()


def _thumbnail() -> bytes:
    """Flipped by a program that left the camera's thumbnail as it was."""
    wound = (Lesion("wound", (-0.12, 0.05), 0.15, 10),)
    taken = skin(Scene(311, size=_SMALL, tone=0.5, angle=14, drape="green", lesions=wound))
    written = io.BytesIO()
    taken.transpose(_FLIP).save(written, "JPEG", quality=80, exif=camera.exif(taken))
    return written.getvalue()


def _preview() -> bytes:
    """Flipped by a program that took the thumbnail off and left the second picture (MPF) as it was."""
    bruise = (Lesion("bruise", (0.15, 0.0), 0.16),)
    taken = skin(Scene(316, size=_SMALL, tone=0.3, angle=-18, drape="grey", lesions=bruise))
    written = io.BytesIO()
    taken.transpose(_FLIP).save(
        written, "MPO", quality=80, save_all=True, append_images=[taken.resize((320, 240))]
    )
    return written.getvalue()


def _pair() -> Iterator[tuple[str, bytes]]:
    """Before and after of one site; the second one is flipped, turned, larger and in another light."""
    marks = (Lesion("mole", (0.15, 0.05), 0.05), Lesion("cut", (-0.1, 0.0), 0.16, -15))
    before = Scene(321, size=(960, 720), tone=0.3, hairs=160, lesions=marks)
    after = skin(replace(before, light=(-0.3, -0.6, 0.75))).rotate(9, Image.Resampling.BICUBIC)
    yield "pair/shin before.jpg", _plain(skin(before).resize((800, 600)))
    yield "pair/shin after.jpg", _plain(after.crop((110, 90, 850, 645)).resize((800, 600)).transpose(_FLIP))


def _both_ways() -> Iterator[tuple[str, bytes]]:
    """One photo that lies there straight and, sent on by a messenger, flipped."""
    rash = skin(Scene(331, size=_SMALL, tone=0.45, limb=False, lesions=(Lesion("rash", (0.15, 0.05), 0.28),)))
    yield "both_ways/rash.jpg", _plain(rash)
    yield "both_ways/rash (1).jpg", _plain(rash.resize((600, 450)).transpose(_FLIP))


def _hand() -> bytes:
    """A left hand by its name. Flipped, it is a right one."""
    palm = skin(Scene(341, size=(600, 800), hand=True, angle=4, tone=0.3, light=(0.0, -0.3, 0.95)))
    return _plain(palm.transpose(_FLIP))
