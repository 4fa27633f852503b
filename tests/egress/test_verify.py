from __future__ import annotations

import io
import struct
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import piexif
import pillow_heif
import pytest
import skimage.data
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin
from shapes import blob, outline_of, raster

from photoguard import egress, ingest, mask
from photoguard.egress import Encoded
from photoguard.egress.verify import prove
from photoguard.errors import UnwritablePhoto
from photoguard.photo import Box, Finding, Kind, Method, Photo, Pixels, Profile, Region
from photoguard.policy import Masking

WIDTH, HEIGHT = 160, 128  # whole blocks in every sampling
RGB = np.ascontiguousarray(skimage.data.astronaut()[60 : 60 + HEIGHT, 150 : 150 + WIDTH])
BOXES: tuple[Box, ...] = ((32, 16, 96, 80), (128, 96, 160, 128))

NEEDLES = (b"Lindqvist Optik", b"SN-00991177", b"Anna Beispiel", b"secret of the maker", b"PATIENT-4711")


def metadata(orientation: int = 1) -> bytes:
    return bytes(
        piexif.dump(
            {
                "0th": {
                    piexif.ImageIFD.Make: NEEDLES[0],
                    piexif.ImageIFD.ImageDescription: NEEDLES[2],
                    piexif.ImageIFD.Orientation: orientation,
                },
                "Exif": {
                    piexif.ExifIFD.BodySerialNumber: NEEDLES[1],
                    piexif.ExifIFD.MakerNote: NEEDLES[3] * 3,
                },
                "GPS": {
                    piexif.GPSIFD.GPSLatitudeRef: "N",
                    piexif.GPSIFD.GPSLatitude: ((47, 1), (33, 1), (123456, 1000)),
                },
            }
        )
    )


GPS = struct.pack(">6I", 47, 1, 33, 1, 123456, 1000)


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    if file_format == "HEIF":
        pillow_heif.from_pillow(image).save(out, quality=-1, chroma=444, **options)
    else:
        image.save(out, file_format, **options)
    return out.getvalue()


def png_text() -> PngImagePlugin.PngInfo:
    text = PngImagePlugin.PngInfo()
    text.add_text("Patient", NEEDLES[4].decode())
    return text


OPAQUE = {
    "jpeg-420": ("JPEG", {"quality": 90, "subsampling": 2, "comment": NEEDLES[4]}),
    "jpeg-444": ("JPEG", {"quality": 75, "subsampling": 0}),
    "png": ("PNG", {"pnginfo": png_text()}),
    "webp-lossless": ("WEBP", {"lossless": True, "xmp": b"<x>" + NEEDLES[4] + b"</x>"}),
    "webp-lossy": ("WEBP", {"quality": 80}),
    "tiff": ("TIFF", {}),
    "heif": ("HEIF", {}),
    "avif": ("AVIF", {"quality": 95}),
}
SUFFIXES = {"jpeg": ".jpg", "heif": ".jpg", "avif": ".jpg", "png": ".png", "tiff": ".png", "webp": ".webp"}


def photo_of(name: str, orientation: int = 1) -> Photo:
    file_format, options = OPAQUE[name]
    return ingest.read(saved(Image.fromarray(RGB), file_format, exif=metadata(orientation), **options))


def clear_photo(file_format: str = "PNG") -> Photo:
    """Transparent left half, half transparent stripe, opaque rest; a mask lies across the transparent part."""
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:, :64] = 0
    alpha[:, 64:80] = 100
    image = Image.fromarray(np.dstack((RGB, alpha)))
    options = {"WEBP": {"lossless": True, "exact": True}}.get(file_format, {})
    return ingest.read(saved(image, file_format, **options))


def regions(boxes: tuple[Box, ...] = BOXES) -> list[Region]:
    return [Region(box, Method.SOLID, (Kind.FACE,)) for box in boxes]


CELLS = np.array([[1, 1, 1, 1, 0], [1, 0, 0, 1, 1], [0, 1, 1, 1, 0], [1, 0, 1, 1, 1]], dtype=bool)
"""Of 32 x 32 pixels, over all of the picture: whole blocks in every sampling, turned or not."""


def shaped() -> list[Region]:
    return [Region((0, 0, WIDTH, HEIGHT), Method.BLUR, (Kind.BACKGROUND,), CELLS, (32, 32))]


def frosted(photo: Photo, under: NDArray[np.bool_]) -> Pixels:
    noise = np.random.default_rng(7).integers(60, 200, (HEIGHT // 8, WIDTH // 8, 1), np.uint8)
    return np.where(under[..., None], noise.repeat(8, axis=0).repeat(8, axis=1), photo.pixels)


def masked(photo: Photo, boxes: tuple[Box, ...] = BOXES) -> Pixels:
    """Frosted masks: noise of a few grains, none of it from the photo."""
    pixels = photo.pixels.copy()
    noise = np.random.default_rng(7)
    for x0, y0, x1, y1 in boxes:
        grains = noise.integers(60, 200, ((y1 - y0) // 8, (x1 - x0) // 8, 3), np.uint8)
        pixels[y0:y1, x0:x1] = grains.repeat(8, axis=0).repeat(8, axis=1)
    return pixels


def refused(encoded: Encoded, photo: Photo, pixels: Pixels, boxes: tuple[Box, ...] = BOXES) -> str:
    with pytest.raises(UnwritablePhoto) as caught:
        prove(encoded, photo, pixels, regions(boxes))
    return caught.value.code


@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("boxes", [(), BOXES], ids=["plain", "masked"])
def test_what_is_written_is_proved(name: str, boxes: tuple[Box, ...]) -> None:
    photo = photo_of(name)
    pixels = masked(photo, boxes)
    encoded = egress.write(photo, pixels, regions(boxes))
    assert encoded.suffix == SUFFIXES[name.split("-")[0]]
    seen = prove(encoded, photo, pixels, regions(boxes))
    assert seen.shape == photo.pixels.shape
    assert not seen.flags.writeable
    exact = encoded.suffix == ".png" or name == "webp-lossless"
    assert np.abs(seen.astype(int) - pixels).mean() <= (0 if exact else 4)


@pytest.mark.parametrize("name", OPAQUE)
def test_a_mask_of_any_shape_is_proved_and_its_surroundings_are_the_photo(name: str) -> None:
    photo = photo_of(name)
    under = raster(shaped(), photo.size)
    pixels = frosted(photo, under)
    encoded = egress.write(photo, pixels, shaped())
    seen = prove(encoded, photo, pixels, shaped())
    exact = encoded.suffix == ".png" or name == "webp-lossless"
    assert np.abs(seen[under].astype(int) - pixels[under]).mean() <= (0 if exact else 4)
    assert np.abs(seen[~under].astype(int) - photo.pixels[~under]).mean() <= (0 if exact else 4)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize("name", OPAQUE)
def test_an_outline_is_masked_written_and_proved_in_every_container(name: str, orientation: int) -> None:
    photo = photo_of(name, orientation)
    shape = blob(orientation, photo.size, 0.15)
    wall = Finding(Kind.BACKGROUND, (0, 0, *photo.size), 1, "test", outline=outline_of(shape))
    face = Finding(Kind.FACE, (40, 50, 90, 120), 1, "test")
    planned = mask.plan([wall, face], Masking(), photo.size, photo.block)
    pixels = mask.apply(photo.pixels, planned)
    assert (pixels != photo.pixels).any(axis=2)[shape].mean() > 0.95
    encoded = egress.write(photo, pixels, planned)
    seen = prove(encoded, photo, pixels, planned)
    under = raster(planned, photo.size)
    assert under[shape].all()
    assert not under.all()
    exact = encoded.suffix == ".png" or name == "webp-lossless"
    assert np.abs(seen[~under].astype(int) - photo.pixels[~under]).mean() <= (0 if exact else 4)


@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("cell", [(0, 0), (2, 2), (3, 4)])
def test_a_single_cell_that_was_not_masked_is_found(name: str, cell: tuple[int, int]) -> None:
    photo = photo_of(name)
    pixels = frosted(photo, raster(shaped(), photo.size))
    cells = CELLS.copy()
    assert cells[cell]
    cells[cell] = False
    (whole,) = shaped()
    missing = [replace(whole, cells=cells)]
    leaking = frosted(photo, raster(missing, photo.size))
    for encoded in (egress.write(photo, leaking, missing), egress.write(photo, leaking, shaped())):
        with pytest.raises(UnwritablePhoto) as caught:
            prove(encoded, photo, pixels, shaped())
        assert caught.value.code == "VERIFY_PICTURE"


@pytest.mark.parametrize("name", OPAQUE)
def test_a_cell_too_many_is_found(name: str) -> None:
    # Masks may not eat into the body: what is masked must be what was said to be.
    photo = photo_of(name)
    cells = CELLS.copy()
    cells[1, 1] = True
    (whole,) = shaped()
    more = [replace(whole, cells=cells)]
    pixels = frosted(photo, raster(more, photo.size))
    with pytest.raises(UnwritablePhoto) as caught:
        prove(egress.write(photo, pixels, more), photo, pixels, shaped())
    assert caught.value.code == "VERIFY_PICTURE"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["jpeg-420", "png", "webp-lossless", "tiff", "heif", "avif"])
def test_every_orientation_is_written_upright(name: str, orientation: int) -> None:
    photo = photo_of(name, orientation)
    encoded = egress.write(photo, photo.pixels, [])
    seen = prove(encoded, photo, photo.pixels, [])
    with Image.open(io.BytesIO(encoded.data)) as image:
        assert image.size == photo.size
        assert image.getexif() == {}
    assert np.abs(seen.astype(int) - photo.pixels).mean() <= 4


@pytest.mark.parametrize("name", OPAQUE)
@pytest.mark.parametrize("boxes", [(), BOXES], ids=["plain", "masked"])
def test_nothing_of_the_metadata_is_in_the_output(name: str, boxes: tuple[Box, ...]) -> None:
    photo = photo_of(name, 6)
    boxes = tuple((y0, x0, y1, x1) for x0, y0, x1, y1 in boxes)  # the picture stands on its side
    assert any(needle in photo.source for needle in NEEDLES)
    output = egress.write(photo, masked(photo, boxes), regions(boxes)).data
    for needle in (*NEEDLES, GPS, GPS[:8], b"Exif", b"http"):
        assert needle not in output


@pytest.mark.parametrize("name", OPAQUE)
def test_a_mask_that_was_not_written_is_found(name: str) -> None:
    photo = photo_of(name)
    pixels = masked(photo)
    assert refused(egress.write(photo, photo.pixels, []), photo, pixels) == "VERIFY_PICTURE"
    half = egress.write(photo, masked(photo, BOXES[:1]), regions(BOXES[:1]))
    assert refused(half, photo, pixels) == "VERIFY_PICTURE"


@pytest.mark.parametrize("name", OPAQUE)
def test_a_single_unmasked_block_is_found(name: str) -> None:
    photo = photo_of(name)
    pixels = masked(photo)
    leaking = pixels.copy()
    leaking[48:64, 48:64] = photo.pixels[48:64, 48:64]
    assert refused(egress.write(photo, leaking, regions()), photo, pixels) == "VERIFY_PICTURE"


@pytest.mark.parametrize("name", OPAQUE)
def test_a_picture_that_is_turned_or_another_one_is_found(name: str) -> None:
    photo = photo_of(name)
    for turned in (np.rot90(RGB), np.rot90(RGB, 2), RGB[:, ::-1], skimage.data.coffee()[:HEIGHT, :WIDTH]):
        other = ingest.read(saved(Image.fromarray(np.ascontiguousarray(turned)), *_format(name)))
        encoded = egress.write(other, other.pixels, [])
        assert refused(encoded, photo, photo.pixels, ()) == "VERIFY_PICTURE"


def _format(name: str) -> tuple[str]:
    return (OPAQUE[name][0],)


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


PLANTED = {
    "jpeg-420": [
        lambda d: d[:2] + b"\xff\xfe\x00\x0fAnna Beispiel" + d[2:],
        lambda d: d[:2] + b"\xff\xe1\x00\x0fExif\0\0AnnaBei" + d[2:],
        lambda d: d + b"Anna",
        lambda d: d[:-2],
    ],
    "png": [
        lambda d: d[:33] + chunk(b"tEXt", b"Patient\0Anna") + d[33:],
        lambda d: d[:33] + chunk(b"eXIf", metadata()) + d[33:],
        lambda d: d + b"Anna",
    ],
    "webp-lossy": [
        lambda d: b"RIFF" + struct.pack("<I", len(d) + 4) + d[8:] + b"EXIF\4\0\0\0Anna",
        lambda d: d + b"Anna",
    ],
}


@pytest.mark.parametrize(
    ("name", "number"), [(name, i) for name, all_ in PLANTED.items() for i in range(len(all_))]
)
def test_what_is_planted_in_the_output_is_found(name: str, number: int) -> None:
    photo = photo_of(name)
    encoded = egress.write(photo, photo.pixels, [])
    planted = replace(encoded, data=PLANTED[name][number](encoded.data))
    assert refused(planted, photo, photo.pixels, ()) == "VERIFY_STRUCTURE"


@pytest.mark.parametrize("name", OPAQUE)
def test_a_profile_other_than_the_photos_is_found(name: str) -> None:
    photo = photo_of(name)
    encoded = egress.write(replace(photo, profile=Profile.DISPLAY_P3), photo.pixels, [])
    assert refused(encoded, photo, photo.pixels, ()) == "VERIFY_STRUCTURE"
    wide = replace(photo, profile=Profile.ADOBE_RGB)
    assert prove(egress.write(wide, photo.pixels, []), wide, photo.pixels, []) is not None


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_nothing_of_the_original_stays_under_alpha(file_format: str) -> None:
    photo = clear_photo(file_format)
    assert photo.alpha is not None
    encoded = egress.write(photo, masked(photo), regions())
    prove(encoded, photo, masked(photo), regions())
    with Image.open(io.BytesIO(encoded.data)) as image:
        seen = np.asarray(image)
    for x0, y0, x1, y1 in BOXES:
        assert (seen[y0:y1, x0:x1, 3] == 255).all()
        assert np.array_equal(seen[y0:y1, x0:x1, :3], masked(photo)[y0:y1, x0:x1])
    assert not seen[..., :3][seen[..., 3] == 0].any()
    half = (seen[..., 3] > 0) & (seen[..., 3] < 255)
    assert np.array_equal(seen[half][:, :3], photo.pixels[half])


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "TIFF", "HEIF", "AVIF"])
def test_a_mask_of_any_shape_is_opaque_and_leaves_all_other_alpha(file_format: str) -> None:
    photo = clear_photo(file_format)
    assert photo.alpha is not None
    under = raster(shaped(), photo.size)
    pixels = frosted(photo, under)
    encoded = egress.write(photo, pixels, shaped())
    prove(encoded, photo, pixels, shaped())
    with Image.open(io.BytesIO(encoded.data)) as image:
        seen = np.asarray(image)
    assert (seen[under][:, 3] == 255).all()
    assert np.array_equal(seen[under][:, :3], pixels[under])
    assert np.array_equal(seen[~under][:, 3], photo.alpha[~under])
    assert not seen[..., :3][seen[..., 3] == 0].any()
    # One cell that can be seen through is enough.
    opened = np.where(under, np.uint8(255), photo.alpha)
    opened[:32, :32] = photo.alpha[:32, :32]
    hidden = np.where(opened[..., None] == 0, np.uint8(0), pixels)
    through = egress.write(replace(photo, pixels=hidden, alpha=opened), hidden, [])
    with pytest.raises(UnwritablePhoto) as caught:
        prove(through, photo, pixels, shaped())
    assert caught.value.code == "VERIFY_PICTURE"


def test_lossy_webp_with_alpha_is_proved() -> None:
    alpha = np.full((HEIGHT, WIDTH), 255, np.uint8)
    alpha[:50] = 0
    photo = ingest.read(saved(Image.fromarray(np.dstack((RGB, alpha))), "WEBP", quality=85, exact=True))
    assert photo.pixels[:50].std() > 20
    encoded = egress.write(photo, masked(photo), regions())
    seen = prove(encoded, photo, masked(photo), regions())
    assert seen[:40, 100:].max() < 32


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_an_output_that_hides_the_original_under_alpha_is_refused(file_format: str) -> None:
    photo = clear_photo(file_format)
    assert photo.alpha is not None
    pixels = masked(photo)
    opened = photo.alpha.copy()
    for x0, y0, x1, y1 in BOXES:
        opened[y0:y1, x0:x1] = 255
    hidden = np.where(opened[..., None] == 0, np.uint8(0), pixels)

    def written(rgb: Pixels, alpha: Pixels) -> Encoded:
        options = {"WEBP": {"lossless": True, "exact": True}}.get(file_format, {})
        data = saved(Image.fromarray(np.dstack((rgb, alpha))), file_format, **options)
        return Encoded(data, "." + file_format.lower())

    prove(written(hidden, opened), photo, pixels, regions())
    assert refused(written(pixels, opened), photo, pixels) == "VERIFY_PICTURE"  # colours under alpha 0
    assert refused(written(hidden, photo.alpha), photo, pixels) == "VERIFY_PICTURE"  # a mask seen through
    shown = np.full_like(opened, 255)
    assert refused(written(pixels, shown), photo, pixels) == "VERIFY_PICTURE"  # what was hidden is shown


def test_arrays_are_written_as_png() -> None:
    photo = ingest.from_pixels(RGB)
    encoded = egress.write(photo, masked(photo), regions())
    assert encoded.suffix == ".png"
    assert np.array_equal(prove(encoded, photo, masked(photo), regions()), masked(photo))


def test_grey_and_cmyk_photos_are_proved() -> None:
    for mode, file_format in (("L", "JPEG"), ("L", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF")):
        photo = ingest.read(saved(Image.fromarray(RGB).convert(mode), file_format))
        for boxes in ((), BOXES):
            pixels = masked(photo, boxes)
            encoded = egress.write(photo, pixels, regions(boxes))
            prove(encoded, photo, pixels, regions(boxes))


@pytest.mark.parametrize("quality", [30, 75, 95])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_noise_that_no_block_grid_fits_is_proved(quality: int, subsampling: int) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (101, 133, 3), np.uint8)
    source = saved(Image.fromarray(noise), "JPEG", quality=quality, subsampling=subsampling, exif=metadata(6))
    photo = ingest.read(source)
    boxes: tuple[Box, ...] = ((16, 32, 64, 96),)
    pixels = masked(photo, boxes)
    prove(egress.write(photo, pixels, regions(boxes)), photo, pixels, regions(boxes))
    assert refused(egress.write(photo, photo.pixels, []), photo, pixels, boxes) == "VERIFY_PICTURE"


def test_real_photos_are_written_proved_and_empty_of_metadata(real_photos: Path) -> None:
    for path in sorted((real_photos / "metadata").iterdir()):
        photo = ingest.read(path.read_bytes())
        width, height = photo.size
        across, down = photo.block
        box = (0, 0, min(width, across * (width // 2 // across)), min(height, down * (height // 2 // down)))
        pixels = photo.pixels.copy()
        pixels[box[1] : box[3], box[0] : box[2]] = 128
        for chosen, painted in (((), photo.pixels), ((box,), pixels)):
            encoded = egress.write(photo, painted, regions(chosen))
            prove(encoded, photo, painted, regions(chosen))
            for disclosure in photo.facts.disclosures:
                needle = disclosure.value.rpartition(": ")[2].encode()[:200]
                assert len(needle) < 8 or needle not in encoded.data
