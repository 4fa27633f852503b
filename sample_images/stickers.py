"""Labels, codes and forms that are laid on a picture."""

from __future__ import annotations

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

NAME = ("MUSTERMANN, Max", "geb. 12.03.1961   m", "Fall-Nr. 004711")


def label(lines: tuple[str, ...], *, size: int = 30, code: Image.Image | None = None) -> Image.Image:
    """A white sticker with printed lines and, if given, a code to their right."""
    font = ImageFont.load_default(size)
    width = int(max(font.getlength(line) for line in lines)) + size
    height = int(len(lines) * size * 1.35) + size
    if code is not None:
        side = max(height, code.height + size // 2)
        sticker = Image.new("RGB", (width + code.width + size // 2, side), (246, 245, 241))
        sticker.paste(code, (width, (side - code.height) // 2))
    else:
        sticker = Image.new("RGB", (width, height), (246, 245, 241))
    draw = ImageDraw.Draw(sticker)
    top = (sticker.height - len(lines) * size * 1.35) / 2
    for number, line in enumerate(lines):
        draw.text((size // 2, top + number * size * 1.35), line, fill=(28, 28, 34), font=font)
    return sticker


def qr(text: str, scale: int = 4) -> Image.Image:
    """A QR code with its quiet zone."""
    return _code(text, zxingcpp.BarcodeFormat.QRCode, scale)


def code128(text: str, scale: int = 2) -> Image.Image:
    """A Code 128 bar code."""
    return _code(text, zxingcpp.BarcodeFormat.Code128, scale)


def _code(text: str, kind: zxingcpp.BarcodeFormat, scale: int) -> Image.Image:
    barcode = zxingcpp.create_barcode(text, kind)
    return Image.fromarray(
        zxingcpp.write_barcode_to_image(barcode, scale=scale, add_quiet_zones=True)
    ).convert("RGB")


def wristband(sticker: Image.Image, length: int) -> Image.Image:
    """A patient's band with the sticker's content in its middle."""
    band = Image.new("RGB", (length, sticker.height + 24), (246, 245, 241))
    band.paste(sticker, ((length - sticker.width) // 2, 12))
    draw = ImageDraw.Draw(band)
    for y in (3, band.height - 5):
        draw.line([(0, y), (length, y)], fill=(150, 185, 205), width=3)
    return band


def lay(
    picture: Image.Image, sticker: Image.Image, centre: tuple[float, float], turn: float = 0.0
) -> Image.Image:
    """Lay a sticker on a picture, turned by some degrees, with the shadow and the light of the scene."""
    margin = 14
    plate = Image.new("RGBA", (sticker.width + 2 * margin, sticker.height + 2 * margin), (0, 0, 0, 0))
    plate.paste(sticker.convert("RGBA"), (margin, margin))
    plate = plate.rotate(turn, Image.Resampling.BICUBIC, expand=True)
    shade = plate.getchannel("A").filter(ImageFilter.GaussianBlur(6)).point(lambda v: int(v * 0.45))
    place = (
        int(centre[0] * picture.width - plate.width / 2),
        int(centre[1] * picture.height - plate.height / 2),
    )
    result = picture.copy()
    result.paste(Image.new("RGB", plate.size, (22, 18, 18)), (place[0] + 4, place[1] + 5), shade)
    paper = Image.composite(
        Image.linear_gradient("L").resize(plate.size).point(lambda v: 250 - v // 9),
        Image.new("L", plate.size, 255),
        plate.getchannel("A"),
    )
    lit = Image.merge("RGB", [ImageChops.multiply(band, paper) for band in plate.convert("RGB").split()])
    result.paste(lit, place, plate.getchannel("A").filter(ImageFilter.GaussianBlur(0.6)))
    return result
