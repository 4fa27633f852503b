"""Gathers everything the training pictures are made of into one cache folder, once.

    python -m models.train.sources [--cache FOLDER]

Packages come from PyPI, npm and Debian through their ordinary clients; nothing gathered here is committed.
The result is one folder of arrays per part (`pools.py` reads them).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from . import artwork, techniques
from .bodymasks import body_mask, without_padding
from .ingredients import INGREDIENTS
from .pools import FOLDER
from .split import Part, part_of_artwork, part_of_photo

DEFAULT_CACHE = Path(os.environ.get("PHOTOGUARD_TRAIN_CACHE", Path.home() / ".cache" / "photoguard-train"))
PHOTO_SIDE = 384  # of the photos and backgrounds kept
ICON_SIDE = 192
STEPS = ("artwork", "photos", "people")
PACKED = """
    categorization clickgame details erase explore_farm_animals explore_monuments explore_world_animals paintings
""".split()  # noqa: SIM905 (a list would be a line for each)
PAINTED = frozenset((5,))  # the musician whose body is painted
PARTS: tuple[Part, ...] = ("train", "tune", "test")
Array = NDArray[np.uint8]


def _photos(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in {".jpg", ".jpeg", ".png", ".webp"} and not path.is_symlink():
            yield path


def fetch(cache: Path) -> None:
    """Downloads and unpacks every ingredient that is not in `cache` yet."""
    npm, debs, unpacked = cache / "npm", cache / "debs", cache / "unpacked"
    for folder in (npm, debs, unpacked):
        folder.mkdir(parents=True, exist_ok=True)
    for item in INGREDIENTS:
        if item.registry == "npm":
            stem = item.package.strip("@").replace("/", "-")
            if not list(npm.glob(f"{stem}-*.tgz")):
                subprocess.run(["npm", "pack", item.package, "--silent"], cwd=npm, check=True)
        elif item.registry == "Debian" and not (unpacked / "usr/share/doc" / item.package).is_dir():
            if not list(debs.glob(f"{item.package}_*.deb")):
                subprocess.run(["apt-get", "download", item.package], cwd=debs, check=True)
            deb = next(debs.glob(f"{item.package}_*.deb"))
            subprocess.run(["dpkg-deb", "-x", str(deb), str(unpacked)], check=True)


def icons(archive: Path) -> Iterator[tuple[str, str]]:
    """Name and SVG text of every icon in an @iconify-json archive; skin-tone variants only once."""
    with tarfile.open(archive) as tar:
        member = tar.extractfile("package/icons.json")
        assert member is not None
        listing: dict[str, Any] = json.load(member)
    width, height = listing.get("width", 16), listing.get("height", 16)
    for name, icon in sorted(listing["icons"].items()):
        if "skin-tone" in name or icon.get("hidden"):
            continue
        box = f"0 0 {icon.get('width', width)} {icon.get('height', height)}"
        yield (
            f"{listing['prefix']}:{name}",
            f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
            f'viewBox="{box}" color="black">{icon["body"]}</svg>',
        )


def render_icon(svg: str) -> Array:
    """ICON_SIDE x ICON_SIDE x 4 RGBA of an SVG."""
    import resvg_py

    png = bytes(resvg_py.svg_to_bytes(svg_string=svg, width=ICON_SIDE, height=ICON_SIDE))
    bgra = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(cv2.resize(bgra, (ICON_SIDE, ICON_SIDE))[..., [2, 1, 0, 3]])


def icon_art(cache: Path, most: dict[str, int], part: Part) -> tuple[list[Array], list[Array]]:
    """Silhouettes (ICON_SIDE square) and coloured pictures (RGBA) of `part` from the icon collections."""
    silhouettes: list[Array] = []
    coloured: list[Array] = []
    for collection, count in most.items():
        archive = next((cache / "npm").glob(f"iconify-json-{collection}-*.tgz"))
        listing = sorted(icons(archive), key=lambda icon: zlib.crc32(icon[0][::-1].encode()))
        for name, svg in listing[:count]:
            if part_of_artwork(name) != part:
                continue
            picture = render_icon(svg)
            if not 0.04 < (picture[..., 3] > 100).mean() < 0.97:
                continue
            if collection in {"game-icons", "healthicons"}:
                silhouettes.append(picture[..., 3])
            else:
                coloured.append(picture)
    return silhouettes, coloured


def cut_outs(cache: Path) -> Iterator[tuple[str, Array]]:
    """Animals, plants and things cut out of photos: name and RGBA, on a square."""
    for path in _photos(cache / "unpacked" / "usr" / "share" / "tuxpaint"):
        if "cartoon" in str(path) or "symbols" in str(path):
            continue
        bgra = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if bgra is None or bgra.ndim != 3 or bgra.shape[2] != 4 or min(bgra.shape[:2]) < 100:
            continue
        side = max(bgra.shape[:2])
        top, left = (side - bgra.shape[0]) // 2, (side - bgra.shape[1]) // 2
        square = np.zeros((side, side, 4), np.uint8)
        square[top : top + bgra.shape[0], left : left + bgra.shape[1]] = bgra[..., [2, 1, 0, 3]]
        yield path.name, cv2.resize(square, (256, 256), interpolation=cv2.INTER_AREA)


def packed_photos(cache: Path, files: Sequence[str] = PACKED) -> Iterator[tuple[str, Array]]:
    """Name and RGB of the photos and paintings inside gcompris's Qt resource files."""
    for name in files:
        packed = (cache / "unpacked" / "usr" / "share" / "gcompris-qt" / "rcc" / f"{name}.rcc").read_bytes()
        for number, found in enumerate(
            re.finditer(rb"\xff\xd8\xff[\xe0\xe1\xdb]|RIFF....WEBP", packed, re.DOTALL)
        ):
            start = found.start()
            # Qt writes each file's length, four bytes, before it
            length = int.from_bytes(packed[max(0, start - 4) : start], "big")
            if 2_000 < length < 5_000_000:
                bgr = cv2.imdecode(np.frombuffer(packed[start : start + length], np.uint8), cv2.IMREAD_COLOR)
                if bgr is not None and min(bgr.shape[:2]) >= 200:
                    yield f"{name}/{number}", np.ascontiguousarray(bgr[..., ::-1])


def people(cache: Path) -> dict[Part, list[Array]]:
    """Clothed people without a tattoo, painted ones before photos, and photos of musicians, by part."""
    fields = backgrounds(cache)
    pools: dict[Part, list[Array]] = {part: [] for part in PARTS}
    portraits = cache / "unpacked/usr/share/games/wesnoth/1.16/data/core/images/portraits"
    for path in (path for kind in ("elves", "humans") for path in sorted((portraits / kind).glob("*.png"))):
        bgra = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        share = bgra[..., 3:].astype(np.float32) / 255
        part, rng = part_of_artwork(path.name), np.random.default_rng(zlib.crc32(path.name.encode()))
        behind = fields[part][int(rng.integers(len(fields[part])))]
        behind = cv2.resize(behind, bgra.shape[1::-1], interpolation=cv2.INTER_LINEAR)
        seen = (bgra[..., 2::-1] * share + behind * (1 - share)).astype(np.uint8)
        pools[part] += [_cut(seen, rng, zoom) for zoom in (1.0, 0.6)]
    for number, (name, picture) in enumerate(packed_photos(cache, ("explore_world_music",))):
        if number not in PAINTED:
            _add_cuts(pools, name, picture, (1.0, 0.6, 0.4))
    return pools


def font_files(cache: Path) -> list[Path]:
    """Every TrueType or OpenType font in the unpacked packages."""
    found = [p for p in sorted((cache / "unpacked").rglob("*")) if p.suffix.lower() in {".ttf", ".otf"}]
    return [p for p in found if not p.is_symlink()]


def skin_pool(data: Path, cache: Path, part: Part) -> dict[str, Array]:
    """Clinical photos of `part` with wound and body masks, on a square of PHOTO_SIDE (`size` says how far)."""
    photos, masks, wounds, sizes, numbers, trusted = [], [], [], [], [], []
    for path in sorted((data / "skin").glob("*.jpg")):
        number = int(path.stem)
        if part_of_photo(number) != part or number in REAL_TATTOOS:
            continue
        photo = cv2.imread(str(path))[..., ::-1]
        wound = cv2.imread(str(path.with_suffix(".wound.png")), cv2.IMREAD_GRAYSCALE)
        rows, cols = without_padding(photo)
        photo, wound = np.ascontiguousarray(photo[rows, cols]), wound[rows, cols]
        scale = PHOTO_SIDE / max(photo.shape[:2])
        size = (round(photo.shape[1] * scale), round(photo.shape[0] * scale))
        kept = cache / "masks" / f"{number:04}.png"
        if not kept.exists():
            kept.parent.mkdir(exist_ok=True)
            cv2.imwrite(str(kept), body_mask(photo, wound).body)
        mask = cv2.imread(str(kept), cv2.IMREAD_GRAYSCALE)
        square = np.zeros((PHOTO_SIDE, PHOTO_SIDE, 3), np.uint8)
        square[: size[1], : size[0]] = cv2.resize(photo, size, interpolation=cv2.INTER_AREA)
        labels = np.full((2, PHOTO_SIDE, PHOTO_SIDE), 255, np.uint8)
        labels[0, : size[1], : size[0]] = cv2.resize(mask, size, interpolation=cv2.INTER_NEAREST)
        labels[1, : size[1], : size[0]] = cv2.resize(wound, size, interpolation=cv2.INTER_AREA) > 100
        photos.append(square)
        masks.append(labels[0])
        wounds.append(labels[1])
        sizes.append((size[1], size[0]))
        numbers.append(number)
        trusted.append(number in TRUSTED)
    return {
        "photo": np.stack(photos),
        "photo_body": np.stack(masks),
        "photo_wound": np.stack(wounds),
        "photo_size": np.array(sizes),
        "photo_number": np.array(numbers),
        "photo_trusted": np.array(trusted),
    }


# Photos whose masks were looked at and found right: outline within doubt, no body left in the background.
TRUSTED = frozenset(map(int, Path(__file__).with_name("trusted.txt").read_text().split()))
# Photos with a real tattoo, never a negative: one patient's leg.
REAL_TATTOOS = frozenset((463, 575, 768))


def texture_pool(photos: dict[str, Array], side: int = 128, most: int = 400) -> Array:
    """N x side x side uint8: real skin's fine structure as brightness over its blurred self, 128 = none."""
    patches = []
    for photo, mask, wound in zip(photos["photo"], photos["photo_body"], photos["photo_wound"], strict=True):
        free = cv2.erode(((mask == 1) & (wound != 1)).astype(np.uint8), np.ones((5, 5), np.uint8))
        grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(np.float32)
        ratio = grey / np.maximum(cv2.GaussianBlur(grey, (0, 0), 5), 8)
        for size in (97, 73, 49):
            inside = cv2.boxFilter(free.astype(np.float32), -1, (size, size), borderType=cv2.BORDER_CONSTANT)
            ys, xs = np.nonzero(inside > 0.995)
            if len(ys):
                pick = np.linspace(0, len(ys) - 1, 4).astype(int)[1:3]
                for y, x in zip(ys[pick], xs[pick], strict=True):
                    cut = ratio[y - size // 2 : y + size // 2 + 1, x - size // 2 : x + size // 2 + 1]
                    cut = cv2.resize(cut, (side, side), interpolation=cv2.INTER_CUBIC)
                    patches.append(np.clip((cut - 1) * 300 + 128, 0, 255).astype(np.uint8))
                break
    return np.stack(patches[:most])


def backgrounds(cache: Path) -> dict[Part, list[Array]]:
    """Photos without people, cut to squares of PHOTO_SIDE at several zooms, by part."""
    pools: dict[Part, list[Array]] = {part: [] for part in PARTS}
    for path in _photos(cache / "unpacked" / "usr" / "share"):
        if "/backgrounds/" in str(path) or "/wallpapers/" in str(path):
            picture = cv2.imread(str(path), cv2.IMREAD_REDUCED_COLOR_2)
            if picture is not None and min(picture.shape[:2]) >= 300 and "screenshot" not in path.name:
                _add_cuts(pools, path.name, picture[..., ::-1], (1.0, 0.6, 0.35))
    for name, picture in packed_photos(cache):
        if not name.startswith("paintings"):
            _add_cuts(pools, name, picture, (1.0, 0.6))
    for name, picture in _sample_photos():
        _add_cuts(pools, name, picture, (1.0, 0.7))
    return pools


def _add_cuts(pools: dict[Part, list[Array]], name: str, picture: Array, zooms: tuple[float, ...]) -> None:
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    pools[part_of_artwork(name)] += [_cut(picture, rng, zoom) for zoom in zooms]


def rooms(photos: dict[str, Array], least: int = 120) -> list[Array]:
    """Pieces of clinical photos where no one is: the room's floor, sheets and furniture."""
    found = []
    for k in np.flatnonzero(photos["photo_trusted"]):
        height, width = photos["photo_size"][k]
        empty = (photos["photo_body"][k, :height, :width] == 0).astype(np.uint8)
        # largest empty square ending at each pixel, by its chessboard distance from what is not empty
        distance = cv2.distanceTransform(np.pad(empty, 1), cv2.DIST_C, 3)[1:-1, 1:-1]
        y, x = np.unravel_index(int(distance.argmax()), distance.shape)
        half = int(distance[y, x]) - 1
        if 2 * half >= least:
            piece = photos["photo"][k, y - half : y + half, x - half : x + half]
            found.append(
                cv2.resize(
                    np.ascontiguousarray(piece), (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_CUBIC
                )
            )
    return found


def _sample_photos() -> Iterator[tuple[str, Array]]:
    from skimage import data
    from sklearn.datasets import load_sample_images

    for name in ("brick", "chelsea", "coffee", "coins", "grass", "gravel", "rocket", "horse", "page", "text"):
        picture = getattr(data, name)()
        if picture.dtype == bool:
            picture = picture.astype(np.uint8) * 255
        yield name, picture if picture.ndim == 3 else cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB)
    yield "motorcycle", data.stereo_motorcycle()[0]
    for name, picture in zip(("china", "flower"), load_sample_images().images, strict=True):
        yield name, picture


def _cut(picture: Array, rng: np.random.Generator, zoom: float) -> Array:
    height, width = picture.shape[:2]
    side = int(min(height, width) * zoom)
    y, x = rng.integers(0, height - side + 1), rng.integers(0, width - side + 1)
    cut = np.ascontiguousarray(picture[y : y + side, x : x + side])
    return cv2.resize(cut, (PHOTO_SIDE, PHOTO_SIDE), interpolation=cv2.INTER_AREA)


def artwork_pools(cache: Path, folder: Path, part: Part) -> None:
    """Draws and saves every kind of artwork of `part` from its silhouettes, coloured pictures, fonts and photos."""
    rng = np.random.default_rng(PARTS.index(part))
    share = 1.0 if part == "train" else 0.25
    silhouettes, coloured = icon_art(
        cache, {"game-icons": 2600, "healthicons": 150, "noto": 1000, "twemoji": 500}, part
    )
    mono = [techniques.drawn_as(silhouette, rng) for silhouette in silhouettes]
    plates = []
    for draw, count in (
        (artwork.mandala, 180),
        (artwork.tribal, 200),
        (artwork.knot, 90),
        (artwork.ornament, 120),
    ):
        for _ in range(int(count * share)):
            plate = cv2.resize(draw(rng), (ICON_SIDE, ICON_SIDE), interpolation=cv2.INTER_AREA)
            plates.append(techniques.drawn_as(plate, rng, plain=0.65))
    letters = []
    for font in font_files(cache):
        if part_of_artwork(font.name) == part:
            letters += [drawn for _ in range(2) if (drawn := artwork.lettering(str(font), rng)) is not None]
    letters = [techniques.with_extent(letters[k], 0.07) for k in rng.permutation(len(letters))[:1100]]
    pictures = [(name, cut[..., :3], cut[..., 3]) for name, cut in cut_outs(cache)]
    pictures += [(name, photo, None) for name, photo in packed_photos(cache)]
    portraits, flat = [], []
    for name, photo, alpha in pictures:
        if part_of_artwork(name) == part:
            square = photo if alpha is not None else _cut(photo, rng, rng.uniform(0.6, 1.0))
            portraits += [techniques.portrait(square, alpha, rng) for _ in range(2)]
            flat.append(techniques.coloured_portrait(square, alpha, rng))
    chosen = rng.permutation(len(silhouettes))[: int(700 * share) + 1]
    flat += [techniques.vivid(silhouettes[k], rng) for k in chosen]
    flat += coloured
    everything = np.stack(mono + plates + portraits)
    colours = np.stack(flat)
    sheets = [techniques.sheet(everything, colours, rng) for _ in range(int(320 * share))]
    _save(
        folder,
        mono=np.stack(mono),
        plate=np.stack(plates),
        lettering=np.stack(letters),
        portrait=np.stack(portraits),
        colour=colours,
        sheet=np.stack([rgba for rgba, _ in sheets]),
        sheet_extent=np.stack([extent for _, extent in sheets]),
    )


def _save(folder: Path, **arrays: Array) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in arrays.items():
        # a training that runs goes on with the file it opened
        np.save(folder / f"{name}.new.npy", array)
        (folder / f"{name}.new.npy").replace(folder / f"{name}.npy")


def build(cache: Path, data: Path | None, steps: set[str], parts: list[Part]) -> None:
    """Makes the arrays of `parts` from what `fetch` brought and, where present, the clinical photos."""
    pools = cache / FOLDER
    if "artwork" in steps:
        for part in parts:
            artwork_pools(cache, pools / part, part)
    photos: dict[Part, dict[str, Array]] = {}
    if data is not None and (data / "skin").is_dir() and "photos" in steps:
        for part in parts:
            photos[part] = skin_pool(data, cache, part)
            _save(pools / part, **photos[part], texture=texture_pool(photos[part]))
    if "photos" in steps:
        fields = backgrounds(cache)
        for part in parts:
            indoors = rooms(photos[part]) if part in photos else []
            _save(pools / part, background=np.stack(fields[part] + indoors))
    if "people" in steps:
        clothed = people(cache)
        for part in parts:
            _save(pools / part, people=np.stack(clothed[part]))


def data_folder() -> Path | None:
    """The folder of development photos: PHOTOGUARD_DATA, else shared/data beside the checkout, else none."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "data"
    folder = Path(os.environ.get("PHOTOGUARD_DATA", beside))
    return folder if folder.is_dir() else None


def main() -> None:
    """Fetches what is missing and builds the arrays."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=DEFAULT_CACHE)
    parser.add_argument("--steps", nargs="+", default=list(STEPS), choices=STEPS, help="what to make anew")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS, help="for which parts")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    fetch(arguments.cache)
    build(arguments.cache, data_folder(), set(arguments.steps), arguments.parts)


if __name__ == "__main__":
    main()
