"""Makes every sample in this folder again: `python sample_images/make.py`.

Needs photoguard and scikit-image. The same versions of the libraries give the same bytes.
"""

from __future__ import annotations

import io
import shutil
import tempfile
import zipfile
from pathlib import Path

import camera
import consents
import flipped
import ink
import numpy as np
import pillow_heif
import stickers
from paint import Lesion, Scene, Tattoo, skin
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from skimage import data

HERE = Path(__file__).parent
PAIR = (960, 720)
UPPER = (0, 0, 512, 340)
"""The part of the portrait without the real name tag."""


def write(name: str, content: bytes) -> None:
    """One file of the samples."""
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def mole(**changes: object) -> Scene:
    """A forearm with a mole; the changes make it another photo."""
    return Scene(**{"seed": 11, "tone": 0.22, "lesions": (Lesion("mole", (0.04, 0.02), 0.060),), **changes})


def astronaut(box: tuple[int, int, int, int] = (0, 0, 512, 512), scale: float = 2) -> Image.Image:
    """A portrait that NASA placed in the public domain, or a part of it."""
    part = Image.fromarray(data.astronaut()).crop(box)
    return part.resize((round(part.width * scale), round(part.height * scale)), Image.Resampling.LANCZOS)


def patient() -> Image.Image:
    """The portrait with a patient's label."""
    tag = stickers.label(stickers.NAME, size=30, code=stickers.qr("PAT=004711;MUSTERMANN^MAX;1961-03-12", 4))
    return stickers.lay(astronaut(), tag, (0.31, 0.755), 2.5)


def phone() -> None:
    """Straight from a phone, with all that a phone writes, and the files that lie beside them."""
    write("phone/IMG_2041.jpg", camera.jpeg(skin(mole()), everything=True))
    wound = Scene(21, tone=0.85, angle=8, drape="green", lesions=(Lesion("wound", (0.0, 0.0), 0.15, 10),))
    write("phone/IMG_2042.jpg", camera.two_pictures(skin(wound), skin(wound).resize((540, 405))))
    cut = Scene(
        31, tone=0.2, bulge=0.08, width=0.7, taper=0.05, lesions=(Lesion("cut", (0.0, 0.05), 0.2, -15),)
    )
    write("phone/IMG_2043.jpg", camera.jpeg(skin(cut), trailer=camera.video()))
    bruise = skin(
        Scene(41, tone=0.3, angle=-20, drape="grey", lesions=(Lesion("bruise", (0.0, 0.0), 0.2, 10),))
    )
    heic = io.BytesIO()
    pillow_heif.from_pillow(bruise).save(heic, quality=70, exif=camera.exif(bruise), xmp=camera.xmp())
    write("phone/IMG_2044.HEIC", heic.getvalue())
    write("phone/IMG_2045.jpg", camera.jpeg(astronaut((85, 0, 340, 340), 2.8), orientation=6))
    named = stickers.lay(
        skin(mole(seed=61, tone=0.5)), stickers.label(stickers.NAME, size=26), (0.74, 0.84), -3
    )
    write("phone/IMG_2046.jpg", camera.jpeg(named, orientation=8))
    rash = Scene(71, tone=0.4, limb=False, lesions=(Lesion("rash", (0.1, 0.02), 0.32),))
    write("phone/IMG_2047.jpg", camera.jpeg(skin(rash), orientation=3))
    # What phones and computers put beside photos
    write("phone/IMG_2041.xmp", camera.xmp())
    write(
        "phone/IMG_2044.AAE",
        b'<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0"><dict/></plist>\n',
    )
    write("phone/IMG_2044.MOV", camera.video())
    write("phone/._IMG_2041.jpg", b"\x00\x05\x16\x07\x00\x02\x00\x00" + camera.OWNER.encode())


def faces() -> None:
    """A face upright, on its side, upside down, close, and from the side."""
    write("faces/portrait.jpg", camera.jpeg(patient()))
    write("faces/lying_patient.jpg", camera.jpeg(astronaut(UPPER).transpose(Image.Transpose.ROTATE_90)))
    turned = astronaut(UPPER).transpose(Image.Transpose.ROTATE_180)
    write("faces/upside_down.jpg", camera.jpeg(turned, progressive=True))
    write("faces/close_up.jpg", camera.jpeg(astronaut((130, 0, 330, 200), 4.5)))
    write("faces/photographer.jpg", camera.jpeg(Image.fromarray(data.camera()).resize((900, 900), 1)))


def labels() -> None:
    """Names and codes in the picture."""
    write(
        "labels/name_label.jpg",
        camera.jpeg(
            stickers.lay(
                skin(mole(seed=81, drape="green")), stickers.label(stickers.NAME, size=30), (0.24, 0.86), 4
            )
        ),
    )
    arm = Scene(
        91, tone=0.3, angle=0, width=0.46, taper=0.05, lesions=(Lesion("bruise", (-0.30, 0.0), 0.10),)
    )
    band = stickers.wristband(
        stickers.label(stickers.NAME, size=22, code=stickers.qr("004711|MUSTERMANN|MAX", 4)), 640
    )
    write("labels/wristband.jpg", camera.jpeg(stickers.lay(skin(arm), band, (0.66, 0.5), 88)))
    strip = stickers.label(("Probe 24-0414-03",), size=24)
    bars = stickers.code128("240414-004711", 2)
    tag = Image.new("RGB", (max(strip.width, bars.width) + 20, strip.height + bars.height), (246, 245, 241))
    tag.paste(strip, (10, 0))
    tag.paste(bars, (10, strip.height - 8))
    heel = Scene(101, tone=0.6, angle=6, width=0.5, lesions=(Lesion("wound", (-0.1, -0.02), 0.12),))
    write("labels/barcode.jpg", camera.jpeg(stickers.lay(skin(heel), tag, (0.65, 0.71), -2)))


def tattoos() -> None:
    """Ink that names a person, and a wound that must stay as it is."""
    arm = Scene(
        401,
        tone=0.26,
        angle=-8,
        width=0.60,
        taper=0.10,
        lesions=(Lesion("wound", (0.40, 0.03), 0.11, 20),),
        tattoos=(
            Tattoo(ink.compass(), (-0.34, -0.01), 0.17),
            Tattoo(ink.lettering("Lena", "14.4.2011"), (-0.01, 0.0), 0.13, 90),
        ),
    )
    write("tattoos/arm.jpg", camera.jpeg(skin(arm)))
    back = Scene(
        411,
        tone=0.55,
        limb=False,
        light=(-0.25, -0.3, 0.9),
        lesions=(Lesion("cut", (0.36, 0.22), 0.16, -20),),
        tattoos=(Tattoo(ink.horse(), (-0.18, -0.14), 0.30),),
    )
    write("tattoos/back.jpg", camera.jpeg(skin(back)))
    leg = Scene(
        421,
        tone=0.32,
        angle=4,
        width=0.56,
        taper=0.06,
        drape="green",
        lesions=(Lesion("wound", (0.16, 0.0), 0.10),),
        tattoos=(Tattoo(ink.band(), (0.0, 0.0), 0.62, 90),),
    )
    write("tattoos/wound_in_ink.jpg", camera.jpeg(skin(leg)))


def mirrored() -> None:
    """Flipped left to right: one for each cue that the mirror check knows."""
    for name, content in flipped.samples():
        write(f"mirrored/{name}", content)


def formats() -> None:
    """Every kind of file that is not a plain colour JPEG."""
    eye = Image.fromarray(data.retina()).resize((1000, 1000), Image.Resampling.LANCZOS)
    alpha = np.full((496, 720), 255, np.uint8)
    alpha[:, :112] = np.linspace(0, 255, 112, dtype=np.uint8)
    cut_out = astronaut((0, 0, 450, 310), 1.6)
    cut_out.putalpha(Image.fromarray(alpha))
    png = io.BytesIO()
    cut_out.quantize(200, method=Image.Quantize.FASTOCTREE).convert("RGBA").save(
        png,
        "PNG",
        exif=camera.exif(cut_out),
        icc_profile=camera.colour_profile(),
        dpi=(300, 300),
        optimize=True,
        pnginfo=_png_text(),
    )
    write("formats/cut_out.png", png.getvalue())
    webp = io.BytesIO()
    skin(mole(seed=161, drape="grey")).save(
        webp, "WEBP", quality=80, exif=camera.exif(eye), xmp=camera.xmp(), icc_profile=camera.colour_profile()
    )
    write("formats/mole.webp", webp.getvalue())
    avif = io.BytesIO()
    skin(Scene(171, tone=1.0, angle=5, drape="green")).save(
        avif, "AVIF", quality=70, exif=camera.exif(eye), xmp=camera.xmp(), max_threads=1
    )
    write("formats/forearm.avif", avif.getvalue())
    pages = [eye.resize((700, 700)), eye.resize((700, 700)).transpose(Image.Transpose.ROTATE_90)]
    tiff = io.BytesIO()
    pages[0].save(
        tiff,
        "TIFF",
        compression="jpeg",
        quality=80,
        save_all=True,
        append_images=pages[1:],
        description=camera.CAPTION,
        software=camera.SOFTWARE,
        artist=camera.OWNER,
    )
    write("formats/fundus_two_pages.tif", tiff.getvalue())
    single = io.BytesIO()
    eye.getchannel("G").resize((640, 640)).save(
        single, "TIFF", compression="tiff_lzw", description=camera.CAPTION, artist=camera.OWNER
    )
    write("formats/fundus_grey.tif", single.getvalue())
    write("formats/fundus_grey.jpg", camera.jpeg(eye.getchannel("G")))
    write("formats/fundus_cmyk.jpg", camera.jpeg(eye.resize((800, 800)).convert("CMYK")))


def _png_text() -> PngInfo:
    text = PngInfo()
    text.add_text("Author", camera.OWNER)
    text.add_text("Comment", camera.COMMENT)
    text.add_itxt("XML:com.adobe.xmp", camera.xmp().decode())
    return text


def pairs() -> None:
    """Before and after, with and without consent. `consents.py` makes the records."""

    def pair(before: str, after: str, first: Scene, second: Scene) -> None:
        write(f"pairs/{before}.jpg", camera.jpeg(skin(first)))
        write(f"pairs/{after}.jpg", camera.jpeg(skin(second)))

    def scene(seed: int, lesion: Lesion, **changes: object) -> Scene:
        return Scene(**{"seed": seed, "size": PAIR, "lesions": (lesion,), **changes})

    pair(
        "forearm_before",
        "forearm_after",
        scene(201, Lesion("wound", (0.02, 0.0), 0.14), tone=0.3),
        scene(201, Lesion("scar", (0.02, 0.0), 0.14), tone=0.3, light=(-0.3, -0.6, 0.75), drape="green"),
    )
    knee = {"bulge": 0.09, "width": 0.70, "taper": 0.04, "tone": 0.25}
    pair(
        "genou_avant",
        "genou_apres",
        scene(211, Lesion("cut", (0.0, 0.04), 0.2, -10), **knee),
        scene(211, Lesion("scar", (0.0, 0.04), 0.2, -10), **knee, drape="grey"),
    )
    pair(
        "narbe_vorher",
        "narbe_nachher",
        scene(221, Lesion("cut", (0.03, 0.0), 0.24, 20), limb=False, tone=0.35),
        scene(221, Lesion("scar", (0.03, 0.0), 0.24, 20), limb=False, tone=0.35),
    )
    pair(
        "polso_prima",
        "polso_dopo",
        scene(231, Lesion("rash", (0.0, 0.0), 0.22), tone=0.8, angle=10, width=0.5),
        scene(231, Lesion("rash", (0.0, 0.0), 0.16, strength=0.15), tone=0.8, angle=10, width=0.5),
    )
    pair(
        "leg-pre",
        "leg-post",
        scene(241, Lesion("bruise", (0.0, 0.0), 0.22), tone=0.5, angle=16, drape="grey"),
        scene(241, Lesion("bruise", (0.0, 0.0), 0.2, strength=0.18), tone=0.5, angle=16, drape="grey"),
    )
    pair(
        "back before",
        "back after",
        scene(251, Lesion("mole", (0.1, 0.0), 0.08), limb=False, tone=0.28),
        scene(251, Lesion("scar", (0.1, 0.0), 0.10, 30), limb=False, tone=0.28),
    )
    write(
        "pairs/elbow_before.jpg",
        camera.jpeg(skin(scene(261, Lesion("rash", (0.0, 0.02), 0.2), bulge=0.1, width=0.66))),
    )
    hand = {"tone": 0.45, "angle": -4, "width": 0.54}
    tag = stickers.label(("Links / L", "Tag 30"), size=34)
    write("pairs/heel_before.jpg", camera.jpeg(skin(scene(271, Lesion("wound", (0.0, 0.0), 0.12), **hand))))
    after = stickers.lay(skin(scene(271, Lesion("scar", (0.0, 0.0), 0.12), **hand)), tag, (0.2, 0.86), 0)
    write("pairs/heel_after.jpg", camera.jpeg(after.transpose(Image.Transpose.FLIP_LEFT_RIGHT)))


def visits() -> None:
    """Before and after that no name and no manifest calls so."""
    chance = np.random.default_rng(4)
    places = (chance.uniform(-reach, reach, 26) for reach in (0.55, 0.38))
    moles = [
        Lesion("mole", (float(x), float(y)), float(size))
        for x, y, size in zip(*places, chance.uniform(0.035, 0.06, 26), strict=True)
    ]
    back = {"size": PAIR, "tone": 0.3, "limb": False}
    wound, scar = (Lesion(kind, (0.05, 0.0), 0.12) for kind in ("wound", "scar"))
    first = skin(Scene(401, lesions=(*moles, wound), **back))
    second = skin(Scene(402, lesions=(*moles, scar), light=(-0.3, -0.6, 0.75), **back))
    second = second.rotate(5, Image.Resampling.BICUBIC).crop((60, 50, 900, 680))
    for name, picture, day in (("0412", first, "2024:04:12"), ("0731", second, "2024:07:31")):
        saved = io.BytesIO()
        picture.save(saved, "JPEG", quality=75, exif=camera.exif(picture, taken=f"{day} 09:12:40"))
        write(f"visits/IMG_{name}.jpg", saved.getvalue())

    burn = {"size": (480, 600), "tone": 0.45, "limb": False, "hairs": 200}
    healing = [
        skin(Scene(411, lesions=(Lesion(kind, (0.0, 0.0), 0.2),), **burn)) for kind in ("wound", "scar")
    ]
    beside = Image.new("RGB", (970, 600), "white")
    for left, half in zip((0, 490), healing, strict=True):
        beside.paste(half, (left, 0))
    write("visits/burn.jpg", camera.jpeg(beside))


def broken() -> None:
    """Files that can't be cleaned."""
    whole = camera.jpeg(skin(mole(seed=301)))
    write("broken/cut_off.jpg", whole[: len(whole) * 2 // 5])
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(zipfile.ZipInfo("letter.txt", (2024, 4, 14, 8, 41, 26)), camera.CAPTION)
    write("broken/archive.jpg", archive.getvalue())
    write("broken/empty.jpg", b"")


if __name__ == "__main__":
    for part in (phone, faces, labels, tattoos, mirrored, formats, pairs, visits, broken):
        shutil.rmtree(HERE / part.__name__, ignore_errors=True)
        part()
    home = HERE / "demo_home"
    shutil.rmtree(home, ignore_errors=True)
    with tempfile.TemporaryDirectory() as drafts:
        print("registry digest", consents.make(home, HERE, Path(drafts)))
