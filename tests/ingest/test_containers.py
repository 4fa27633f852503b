from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pillow_heif
import pytest
import skimage.data
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from photoguard import ingest, profiles
from photoguard.errors import UnreadablePhoto
from photoguard.photo import Container, Photo, Profile

Transpose = Image.Transpose
# How a stored picture is made from an upright one, so that each orientation turns it back.
STORED_BY = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


@cache
def astronaut(width: int = 61, height: int = 47) -> Image.Image:
    return Image.fromarray(skimage.data.astronaut()[:300, 100:480]).resize((width, height))


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Lindqvist Optik"
    return tags.tobytes()


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, file_format, **options)
    return out.getvalue()


def as_heif(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    pillow_heif.from_pillow(image).save(out, quality=-1, chroma=444, **options)
    return out.getvalue()


WRITERS: dict[str, tuple[Container, Callable[[Image.Image, int], bytes], float]] = {
    "jpeg": (
        Container.JPEG,
        lambda image, o: saved(image, "JPEG", exif=exif(o), quality=98, subsampling=0),
        2,
    ),
    "png": (Container.PNG, lambda image, o: saved(image, "PNG", exif=exif(o)), 0),
    "webp-lossless": (Container.WEBP, lambda image, o: saved(image, "WEBP", exif=exif(o), lossless=True), 0),
    "webp-lossy": (Container.WEBP, lambda image, o: saved(image, "WEBP", exif=exif(o), quality=98), 6),
    "tiff": (Container.TIFF, lambda image, o: saved(image, "TIFF", exif=exif(o)), 0),
    "tiff-lzw": (
        Container.TIFF,
        lambda image, o: saved(image, "TIFF", exif=exif(o), compression="tiff_lzw"),
        0,
    ),
    "heif": (Container.HEIF, lambda image, o: as_heif(image, exif=exif(o)), 2),
    "avif": (
        Container.AVIF,
        lambda image, o: saved(image, "AVIF", exif=exif(o), quality=98, subsampling="4:4:4"),
        2,
    ),
}


@cache
def example(name: str, orientation: int = 1) -> bytes:
    turn = STORED_BY[orientation]
    image = astronaut() if turn is None else astronaut().transpose(turn)
    return WRITERS[name][1](image, orientation)


def off(photo: Photo, wanted: Image.Image) -> float:
    """Mean difference from the picture that should be there, in levels."""
    assert photo.size == wanted.size
    return float(np.abs(photo.pixels.astype(int) - np.asarray(wanted.convert("RGB"), int)).mean())


def code(data: bytes, **limits: float) -> str:
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.read(data, **limits)
    return caught.value.code


@pytest.mark.parametrize("orientation", STORED_BY)
@pytest.mark.parametrize("name", WRITERS)
def test_every_container_comes_out_upright(name: str, orientation: int) -> None:
    container, _, tolerance = WRITERS[name]
    photo = ingest.read(example(name, orientation))
    assert photo.container is container
    assert photo.facts.orientation == orientation
    assert photo.facts.stored_size == ((61, 47) if orientation < 5 else (47, 61))
    assert off(photo, astronaut()) <= tolerance
    assert photo.alpha is None
    assert photo.profile is Profile.SRGB
    assert photo.source == example(name, orientation)
    assert photo.native


@pytest.mark.parametrize("name", WRITERS)
def test_pixels_are_read_only(name: str) -> None:
    with pytest.raises(ValueError, match="read-only"):
        ingest.read(example(name)).pixels[0, 0] = 0


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_is_cut_off_is_damaged(name: str) -> None:
    data = example(name)
    for share in (0.5, 0.8, 0.97):
        assert code(data[: int(len(data) * share)]) == "FILE_DAMAGED"


@pytest.mark.parametrize("name", WRITERS)
@given(cut=st.floats(0, 1), flips=st.lists(st.tuples(st.floats(0, 0.9999), st.integers(1, 255)), max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_damage_of_any_kind_ends_in_a_photo_or_a_reason(
    name: str, cut: float, flips: list[tuple[float, int]]
) -> None:
    data = bytearray(example(name))
    for place, change in flips:
        data[int(place * len(data))] ^= change
    if cut < 0.5:
        del data[int(len(data) * 2 * cut) :]
    try:
        photo = ingest.read(bytes(data), max_megapixels=1)
    except UnreadablePhoto:
        return
    assert photo.pixels.ndim == 3
    assert photo.pixels.dtype == np.uint8


@pytest.mark.parametrize("name", WRITERS)
def test_the_limit_is_the_policys_and_not_pillows(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 500)
    photo = ingest.read(example(name))
    assert photo.size == (61, 47)
    assert Image.MAX_IMAGE_PIXELS == 500
    assert code(example(name), max_megapixels=0.002) == "TOO_LARGE"


# --- PNG ----------------------------------------------------------------------------------------


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def with_chunks(*extra: bytes, before: bytes = b"IDAT", data: bytes | None = None) -> bytes:
    png = data or saved(astronaut(), "PNG")
    place = png.index(before) - 4
    return png[:place] + b"".join(extra) + png[place:]


def header(width: int, height: int) -> bytes:
    start = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return start + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


def interlaced(pixels: np.ndarray) -> bytes:
    """An RGB PNG in Adam7's seven passes (ISO/IEC 15948, 8.2)."""
    passes = [
        (0, 0, 8, 8),
        (4, 0, 8, 8),
        (0, 4, 4, 8),
        (2, 0, 4, 4),
        (0, 2, 2, 4),
        (1, 0, 2, 2),
        (0, 1, 1, 2),
    ]
    raw = b""
    for x, y, dx, dy in passes:
        part = pixels[y::dy, x::dx]
        if part.size:
            raw += b"".join(b"\0" + row.tobytes() for row in part)
    size = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size) + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA"])
def test_every_png_mode_is_read(mode: str) -> None:
    image = astronaut().convert(mode)
    photo = ingest.read(saved(image, "PNG"))
    assert off(photo, image) == 0
    assert photo.native


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_palettes_of_few_colours_are_read(bits: int) -> None:
    image = astronaut().quantize(2**bits)
    assert off(ingest.read(saved(image, "PNG", bits=bits)), image) == 0


def test_interlaced_png_is_read() -> None:
    assert off(ingest.read(interlaced(np.asarray(astronaut()))), astronaut()) == 0


def test_sixteen_bits_are_reduced_and_said_to_be() -> None:
    deep = np.asarray(astronaut()).astype(np.uint16) * 257
    _, colour = cv2.imencode(".png", deep[..., ::-1])
    photo = ingest.read(colour.tobytes())
    assert off(photo, astronaut()) == 0
    assert not photo.native
    grey = ingest.read(saved(Image.fromarray(deep[..., 1]), "PNG"))
    assert np.array_equal(grey.pixels[..., 0], np.asarray(astronaut())[..., 1])
    assert not grey.native


def test_colours_under_full_transparency_are_kept_for_the_detectors() -> None:
    alpha = np.full((47, 61), 255, np.uint8)
    alpha[10:20] = 0
    alpha[20:30] = 128
    for name, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True}), ("TIFF", {})):
        image = astronaut().copy()
        image.putalpha(Image.fromarray(alpha))
        photo = ingest.read(saved(image, name, exif=exif(6), **options))
        assert photo.alpha is not None
        assert np.array_equal(photo.alpha, np.rot90(alpha, -1))
        assert np.array_equal(photo.pixels, np.rot90(np.asarray(astronaut()), -1))


def test_an_alpha_that_hides_nothing_is_left_aside() -> None:
    assert ingest.read(saved(astronaut().convert("RGBA"), "PNG")).alpha is None


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_transparent_colour_becomes_alpha(mode: str) -> None:
    image = Image.new("RGB", (8, 6), (200, 10, 10))
    image.paste((9, 9, 9), (0, 0, 4, 6))
    image = image.quantize(2) if mode == "P" else image.convert(mode)
    photo = ingest.read(saved(image, "PNG", transparency=image.getpixel((0, 0))))
    assert photo.alpha is not None
    assert photo.alpha[0].tolist() == [0] * 4 + [255] * 4
    assert np.array_equal(photo.pixels, np.asarray(image.convert("RGB")))


def test_every_frame_of_an_animated_png_is_counted() -> None:
    frames = [astronaut(), ImageOps.invert(astronaut())]
    assert ingest.read(saved(frames[0], "PNG", save_all=True, append_images=frames[1:])).facts.frames == 2
    shown = saved(frames[0], "PNG", save_all=True, append_images=frames, default_image=True)
    photo = ingest.read(shown)
    assert photo.facts.frames == 3
    assert off(photo, frames[0]) == 0


@pytest.mark.parametrize(
    ("size", "reason"),
    [
        ((0, 0), "NO_PIXELS"),
        ((0, 5), "NO_PIXELS"),
        ((60000, 60000), "TOO_LARGE"),
        ((100, 100), "FILE_DAMAGED"),
    ],
)
def test_a_header_that_lies_is_found_out(size: tuple[int, int], reason: str) -> None:
    assert code(header(*size)) == reason


def test_text_that_unpacks_to_much_more_is_not_unpacked() -> None:
    bomb = zlib.compress(bytes(200_000_000), 9)
    png = with_chunks(
        chunk(b"zTXt", b"Comment\0\0" + bomb),
        chunk(b"iTXt", b"Comment\0\1\0\0\0" + bomb),
        chunk(b"iCCP", b"x\0\0" + bomb),
    )
    photo = ingest.read(png)
    assert off(photo, astronaut()) == 0
    assert all(len(disclosure.value) < 2000 for disclosure in photo.facts.disclosures)


def test_what_png_text_gives_away_is_told() -> None:
    packed_exif = f"\nexif\n      {len(exif(1)):d}\n{exif(1).hex()}\n"
    photo = ingest.read(
        with_chunks(
            chunk(b"tEXt", b"Author\0Dr. Weber"),
            chunk(b"iTXt", b"Patient\0\0\0de\0\0" + "Jürgen Muster".encode()),
            chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"left knee")),
            chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(packed_exif.encode())),
            chunk(b"tIME", struct.pack(">H5B", 2026, 10, 1, 9, 30, 0)),
            chunk(b"caBX", bytes(77)),
        )
        + b"MotionPhoto"
    )
    told = {disclosure.value for disclosure in photo.facts.disclosures}
    assert told >= {
        "Author: Dr. Weber",
        "Patient: Jürgen Muster",
        "Comment: left knee",
        "make: Lindqvist Optik",
        "changed: 2026-10-01 09:30:00",
        "block caBX, 77 bytes",
    }
    assert photo.facts.trailer_bytes == 11


def test_a_damaged_side_chunk_does_not_cost_the_photo() -> None:
    broken = bytearray(with_chunks(chunk(b"tEXt", b"Author\0Dr. Weber")))
    broken[broken.index(b"Weber")] ^= 1
    photo = ingest.read(bytes(broken))
    assert photo.facts.damaged_metadata
    assert off(photo, astronaut()) == 0


def test_colours_named_by_number_are_respected() -> None:
    assert ingest.read(with_chunks(chunk(b"cICP", bytes((12, 13, 0, 1))))).profile is Profile.DISPLAY_P3
    assert ingest.read(with_chunks(chunk(b"cICP", bytes((1, 13, 0, 1))))).profile is Profile.SRGB
    assert code(with_chunks(chunk(b"cICP", bytes((9, 16, 0, 1))))) == "FORMAT_UNSUPPORTED"


# --- Colour -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PNG", "WEBP", "TIFF", "AVIF", "JPEG"])
@pytest.mark.parametrize("profile", Profile)
def test_a_known_profile_is_kept(name: str, profile: Profile) -> None:
    photo = ingest.read(saved(astronaut(), name, icc_profile=profiles.icc(profile)))
    assert photo.profile is profile
    assert photo.native


def test_another_profile_is_converted() -> None:
    ours = profiles.icc(Profile.ADOBE_RGB)
    other = ours.replace(struct.pack(">i", 563 * 256), struct.pack(">i", 65536))  # linear light
    photo = ingest.read(saved(Image.new("RGB", (4, 4), (55, 55, 55)), "PNG", icc_profile=other))
    assert photo.profile is Profile.SRGB
    assert not photo.native
    assert abs(int(photo.pixels[0, 0, 0]) - 128) <= 1


# --- WebP ---------------------------------------------------------------------------------------


def test_animated_webp_is_counted() -> None:
    data = saved(
        astronaut(), "WEBP", save_all=True, append_images=[ImageOps.invert(astronaut())], lossless=True
    )
    photo = ingest.read(data + b"trailing bytes")
    assert photo.facts.frames == 2
    assert photo.facts.trailer_bytes == 14
    assert off(photo, astronaut()) == 0


def test_a_webp_canvas_beyond_the_limit_is_refused() -> None:
    canvas = b"VP8X" + struct.pack("<I", 10) + bytes(4) + (16382).to_bytes(3, "little") * 2
    assert code(b"RIFF" + struct.pack("<I", 4 + len(canvas)) + b"WEBP" + canvas) == "TOO_LARGE"


# --- TIFF ---------------------------------------------------------------------------------------


def tiff(pixels: np.ndarray, **options: object) -> bytes:
    out = io.BytesIO()
    tifffile.imwrite(out, pixels, **options)  # type: ignore[arg-type]
    return out.getvalue()


RGB = np.asarray(astronaut())


@pytest.mark.parametrize(
    "compression",
    [None, "packbits", "tiff_lzw", "tiff_deflate", "tiff_adobe_deflate", "zstd", "lzma", "jpeg"],
)
def test_every_tiff_compression_is_read(compression: str | None) -> None:
    quality = {"quality": 95} if compression == "jpeg" else {}
    photo = ingest.read(saved(astronaut(), "TIFF", compression=compression, **quality))
    assert off(photo, astronaut()) <= (4 if compression == "jpeg" else 0)


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_fax_pages_are_read(compression: str) -> None:
    image = astronaut().convert("1")
    assert off(ingest.read(saved(image, "TIFF", compression=compression)), image) == 0


@pytest.mark.parametrize(
    "options",
    [{"tile": (16, 16)}, {"bigtiff": True}, {"byteorder": ">"}, {"rowsperstrip": 5}],
    ids=str,
)
def test_every_tiff_layout_is_read(options: dict[str, object]) -> None:
    assert off(ingest.read(tiff(RGB, photometric="rgb", **options)), astronaut()) == 0


@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_deep_tiff_is_reduced(byteorder: str) -> None:
    deep = RGB.astype(np.uint16) * 257
    photo = ingest.read(tiff(deep, photometric="rgb", byteorder=byteorder))
    assert off(photo, astronaut()) == 0
    assert not photo.native
    grey = ingest.read(tiff(deep[..., 0], photometric="minisblack", byteorder=byteorder))
    assert np.array_equal(grey.pixels[..., 0], RGB[..., 0])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_where_zero_is_white_it_comes_out_white(dtype: type) -> None:
    black_on_white = np.zeros((8, 8), dtype)
    photo = ingest.read(tiff(black_on_white, photometric="miniswhite", byteorder="<"))
    assert photo.pixels.min() == 255


def test_cmyk_tiff_is_converted() -> None:
    ink = Image.new("CMYK", (4, 4), (255, 0, 0, 0))
    photo = ingest.read(saved(ink, "TIFF"))
    assert photo.pixels[0, 0].tolist() == [0, 255, 255]
    assert not photo.native


def test_measurements_are_not_photos() -> None:
    for dtype in (np.float32, np.uint32, np.int16):
        assert code(tiff(np.zeros((8, 8), dtype))) in ("FORMAT_UNSUPPORTED", "FILE_DAMAGED")


def test_pages_and_further_pictures_are_counted_apart() -> None:
    out = io.BytesIO()
    with tifffile.TiffWriter(out) as writer:
        writer.write(RGB, photometric="rgb", subifds=2)
        writer.write(RGB[::2, ::2], photometric="rgb", subfiletype=1)
        writer.write(RGB[::4, ::4], photometric="rgb", subfiletype=1)
        writer.write(RGB[::-1], photometric="rgb")
        writer.write(RGB[::8, ::8], photometric="rgb", subfiletype=1)
    photo = ingest.read(out.getvalue())
    assert photo.facts.frames == 2
    assert photo.facts.extra_images == 3
    assert off(photo, astronaut()) == 0


def test_a_first_page_that_is_only_a_preview_is_not_the_photo() -> None:
    assert code(tiff(RGB, photometric="rgb", subfiletype=1)) == "FORMAT_UNSUPPORTED"


# --- HEIF and AVIF ------------------------------------------------------------------------------


def with_size(data: bytes, width: int, height: int) -> bytes:
    place = data.index(b"ispe") + 8
    return data[:place] + struct.pack(">II", width, height) + data[place + 8 :]


@pytest.mark.parametrize("name", ["heif", "avif"])
@pytest.mark.parametrize(("side", "reason"), [(60000, "TOO_LARGE"), (0, "NO_PIXELS")])
def test_a_size_in_the_boxes_is_checked_first(name: str, side: int, reason: str) -> None:
    assert code(with_size(example(name), side, side)) == reason


def test_thumbnails_and_further_pictures_in_heif_are_counted_apart() -> None:
    large = astronaut(256, 192)
    assert ingest.read(as_heif(large, thumbnails=[64])).facts.extra_images == 1
    second = pillow_heif.from_pillow(large)
    second.add_from_pillow(ImageOps.invert(large))
    out = io.BytesIO()
    second.save(out, quality=80)
    photo = ingest.read(out.getvalue())
    assert (photo.facts.frames, photo.facts.extra_images) == (2, 0)


def test_the_tiles_of_a_heif_are_one_picture() -> None:
    photo = ingest.read(as_heif(astronaut(256, 192), tile_size=64))
    assert (photo.facts.frames, photo.facts.extra_images) == (1, 0)
    assert photo.size == (256, 192)


@pytest.mark.parametrize("name", ["heif", "avif"])
def test_alpha_in_heif_and_avif_is_no_further_picture(name: str) -> None:
    image = astronaut().copy()
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    photo = ingest.read(as_heif(image) if name == "heif" else saved(image, "AVIF", quality=95))
    assert (photo.facts.frames, photo.facts.extra_images) == (1, 0)
    assert photo.alpha is not None
    assert photo.alpha.min() < 20 < 230 < photo.alpha.max()


def test_animated_avif_is_counted() -> None:
    data = saved(astronaut(), "AVIF", save_all=True, append_images=[ImageOps.invert(astronaut())])
    assert ingest.read(data).facts.frames == 2


@pytest.mark.parametrize("name", ["heif", "avif"])
def test_a_film_behind_the_picture_is_told(name: str) -> None:
    film = struct.pack(">I4s", 8 + 500, b"mpvd") + bytes(500)
    photo = ingest.read(example(name) + film)
    assert photo.facts.trailer_bytes == 508
    assert photo.facts.disclosures


# --- Pixels and images from other programs ------------------------------------------------------


def test_arrays_become_photos() -> None:
    grey = ingest.from_pixels(RGB[..., 0])
    assert (grey.pixels == RGB[..., :1]).all()
    colour = ingest.from_pixels(RGB)
    assert np.array_equal(colour.pixels, RGB)
    assert (colour.container, colour.source, colour.facts.stored_size) == (Container.ARRAY, b"", (61, 47))
    alpha = np.dstack((RGB, np.full((47, 61), 7, np.uint8)))
    clear = ingest.from_pixels(alpha)
    assert clear.alpha is not None
    assert clear.alpha.max() == 7
    assert np.array_equal(clear.pixels, RGB)


def test_an_array_changed_afterwards_does_not_change_the_photo() -> None:
    mine = RGB.copy()
    photo = ingest.from_pixels(mine)
    mine[:] = 0
    assert np.array_equal(photo.pixels, RGB)
    strided = ingest.from_pixels(RGB[::-1, ::-1])
    assert np.array_equal(strided.pixels, RGB[::-1, ::-1])


@pytest.mark.parametrize(
    ("pixels", "reason"),
    [
        (RGB.astype(float), "NOT_A_PHOTO"),
        (RGB[..., :2], "NOT_A_PHOTO"),
        (RGB[None], "NOT_A_PHOTO"),
        (RGB[0, 0], "NOT_A_PHOTO"),
        ([[1, 2], [3, 4]], "NOT_A_PHOTO"),
        (RGB[:0], "NO_PIXELS"),
    ],
)
def test_other_arrays_are_refused(pixels: np.ndarray, reason: str) -> None:
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.from_pixels(pixels)
    assert caught.value.code == reason


@pytest.mark.parametrize("name", ["png", "tiff", "jpeg", "webp-lossless", "avif"])
@pytest.mark.parametrize("orientation", STORED_BY)
def test_an_image_that_pillow_opened_comes_out_upright(name: str, orientation: int) -> None:
    with Image.open(io.BytesIO(example(name, orientation))) as image:
        photo = ingest.from_image(image)
    assert photo.container is Container.ARRAY
    assert photo.facts.orientation == orientation
    assert off(photo, astronaut()) <= WRITERS[name][2]


def test_an_image_made_in_memory_is_taken_as_it_is() -> None:
    assert off(ingest.from_image(astronaut()), astronaut()) == 0
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(example("png", 6))))
    assert off(ingest.from_image(turned), astronaut()) == 0
    wide = astronaut().copy()
    wide.info["icc_profile"] = profiles.icc(Profile.DISPLAY_P3)
    assert ingest.from_image(wide).profile is Profile.DISPLAY_P3


def test_an_image_with_frames_is_counted_and_one_cut_off_is_damaged() -> None:
    data = saved(astronaut(), "GIF", save_all=True, append_images=[ImageOps.invert(astronaut())])
    assert ingest.from_image(Image.open(io.BytesIO(data))).facts.frames == 2
    cut = Image.open(io.BytesIO(example("png")[:3000]))
    with pytest.raises(UnreadablePhoto) as caught:
        ingest.from_image(cut)
    assert caught.value.code == "FILE_DAMAGED"


# --- Real files ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["landscape", "portrait"])
def test_real_photos_of_every_orientation_are_equal(real_photos: Path, kind: str) -> None:
    first = ingest.read((real_photos / "metadata" / f"{kind}_1.jpg").read_bytes())
    for orientation in range(2, 9):
        other = ingest.read((real_photos / "metadata" / f"{kind}_{orientation}.jpg").read_bytes())
        assert other.facts.orientation == orientation
        assert off(other, Image.fromarray(first.pixels)) < 12


def test_every_real_file_is_read(real_photos: Path) -> None:
    for path in sorted((real_photos / "metadata").iterdir()):
        photo = ingest.read(path.read_bytes())
        assert min(photo.size) > 30


def test_an_iphones_heic_is_turned_once(real_photos: Path) -> None:
    data = (real_photos / "metadata" / "iphone_13_pro_max.HEIC").read_bytes()
    photo = ingest.read(data)
    assert photo.size == (3024, 4032)
    assert photo.facts.stored_size == (4032, 3024)
    assert (photo.facts.orientation, photo.facts.frames) == (6, 1)
    assert photo.facts.extra_images == 2  # a thumbnail and a gain map
    assert photo.profile is Profile.DISPLAY_P3
    thumbnail = pillow_heif.open_heif(data)[0].get_thumbnail(0).to_pillow()
    small = Image.fromarray(cv2.resize(photo.pixels, thumbnail.size, interpolation=cv2.INTER_AREA))
    wanted = np.asarray(thumbnail.convert("RGB"), int)
    differences = [
        np.abs(np.asarray(small.transpose(turn) if turn is not None else small, int) - wanted).mean()
        for turn in (None, Transpose.ROTATE_180, Transpose.FLIP_LEFT_RIGHT, Transpose.FLIP_TOP_BOTTOM)
    ]
    assert differences[0] < min(differences[1:]) / 4
