"""Paints skin with a mole, a wound or a scar, so that no patient has to stand for one.

Colour follows the two-pigment view of skin: what melanin (brown) and blood (red) absorb adds up in
log space, so a mole is more melanin, a flush more blood, and shading stays apart from both.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import palm
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Plane = NDArray[np.float32]

# Absorbance per unit of pigment for red, green, blue; chosen by eye.
_MELANIN = np.array([0.50, 0.86, 1.22], np.float32)
_BLOOD = np.array([0.12, 1.00, 0.86], np.float32)
_INK = np.array([1.55, 1.42, 1.22], np.float32)
_DERMIS = np.array([0.97, 0.88, 0.80], np.float32)
_DRAPES = {"blue": (0.25, 0.43, 0.58), "green": (0.24, 0.45, 0.41), "grey": (0.56, 0.58, 0.60)}


@dataclass(frozen=True)
class Lesion:
    """Something on the skin. `at` and `size` are shares of the picture's height, measured along it."""

    kind: str
    """mole, wound, cut, scar, rash or bruise: see `_LESIONS`."""
    at: tuple[float, float]
    size: float
    turn: float = 0.0
    """Degrees."""
    strength: float = 1.0


@dataclass(frozen=True, eq=False)
class Tattoo:
    """Ink in the skin. `at` and `size` (half its width) are shares of the picture's height, as for a lesion."""

    motif: Plane
    at: tuple[float, float]
    size: float
    turn: float = 0.0
    strength: float = 0.85


@dataclass(frozen=True)
class Scene:
    """A limb on a drape, the palm of a left hand (`hand=True`), or skin that fills the frame (`limb=False`)."""

    seed: int
    size: tuple[int, int] = (1080, 810)
    tone: float = 0.35
    """Melanin: 0.15 is very fair, 1.2 very dark."""
    limb: bool = True
    hand: bool = False
    angle: float = -12.0
    """The limb's axis, degrees from horizontal."""
    width: float = 0.62
    """Of the limb, as a share of the picture's height."""
    taper: float = 0.18
    bulge: float = 0.0
    """Height of a rounded joint in the middle, for a knee or an elbow."""
    drape: str = "blue"
    light: tuple[float, float, float] = (-0.45, -0.55, 0.70)
    hairs: int = 90
    lesions: tuple[Lesion, ...] = field(default=())
    tattoos: tuple[Tattoo, ...] = field(default=())


def skin(scene: Scene) -> Image.Image:
    """The scene as an RGB picture. The same scene gives the same pixels."""
    width, height = scene.size
    rng = np.random.default_rng(scene.seed)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    y, x = (y - height / 2) / height, (x - width / 2) / height

    if scene.hand:
        return _hand(scene, rng, x, y)
    along, across, half = _axis(scene, x, y)
    inside = np.clip(1 - (across / half) ** 2, 0, 1)
    form = half * np.sqrt(inside) * 0.9
    if scene.bulge:
        form = form + scene.bulge * np.exp(-((along / 0.33) ** 2) - (across / (half * 0.72)) ** 2)

    melanin = scene.tone * (1 + 0.07 * _noise(rng, x.shape, 60) + 0.05 * _noise(rng, x.shape, 9))
    melanin += 0.10 * scene.tone * _freckles(rng, x.shape)
    blood = 0.19 + 0.030 * _noise(rng, x.shape, 90) + 0.022 * _noise(rng, x.shape, 14)
    relief = 0.00034 * _furrows(rng, x, y, scene.angle) + 0.00016 * _noise(rng, x.shape, 1.6)
    layers = _Layers(melanin, blood, relief, gloss=np.full(x.shape, 0.10, np.float32))
    for lesion in scene.lesions:
        _add(lesion, rng, x, y, layers)

    pigment = layers.melanin[..., None] * _MELANIN + np.clip(layers.blood, 0, None)[..., None] * _BLOOD
    for tattoo in scene.tattoos:
        pigment = (
            pigment
            + _ink(tattoo, rng, along, half * np.arcsin(np.clip(across / half, -1, 1)))[..., None] * _INK
        )
    colour = _DERMIS * np.exp(-pigment)
    colour = _hairs(scene, rng, colour, along, across, half)
    lit, shine = _shade(form + layers.relief, scene.light, height)
    body = colour * lit[..., None] + (layers.gloss * shine)[..., None] * np.array(
        [1.0, 0.98, 0.95], np.float32
    )
    if scene.limb:
        edge = np.clip((half - np.abs(across)) * height / 1.6, 0, 1)[..., None]
        body = edge * body + (1 - edge) * _drape(scene, rng, x, y, across, half)
    return _develop(rng, body, x, y)


def _hand(scene: Scene, rng: np.random.Generator, x: Plane, y: Plane) -> Image.Image:
    turn = np.deg2rad(scene.angle)
    form = palm.height(x * np.cos(turn) + y * np.sin(turn), -x * np.sin(turn) + y * np.cos(turn))
    lines = palm.lines(x.shape, turn)
    melanin = scene.tone * (
        1 + 0.06 * _noise(rng, x.shape, 60) + 0.04 * _noise(rng, x.shape, 9) + 0.5 * lines
    )
    blood = 0.22 + 0.03 * _noise(rng, x.shape, 60) + 0.015 * _noise(rng, x.shape, 12) + 0.3 * lines
    colour = _DERMIS * np.exp(-melanin[..., None] * _MELANIN - blood[..., None] * _BLOOD)
    grain = 0.00012 * _furrows(rng, x, y, scene.angle) + 0.00008 * _noise(rng, x.shape, 1.6)
    lit, shine = _shade(form + grain - 0.002 * lines, scene.light, x.shape[0])
    body = colour * lit[..., None] + 0.08 * shine[..., None]
    cover = ndimage.gaussian_filter((form > 0).astype(np.float32), 1.0)[..., None]
    away = ndimage.distance_transform_edt(form == 0).astype(np.float32) / x.shape[0]
    cast = ndimage.shift(away, (0.02 * x.shape[0], 0.015 * x.shape[0]), order=1, mode="nearest") + 0.035
    drape = _drape(scene, rng, x, y, cast, np.zeros_like(x))
    return _develop(rng, cover * body + (1 - cover) * drape, x, y)


def _axis(scene: Scene, x: Plane, y: Plane) -> tuple[Plane, Plane, Plane]:
    turn = np.deg2rad(scene.angle)
    along = x * np.cos(turn) + y * np.sin(turn)
    across = -x * np.sin(turn) + y * np.cos(turn) + 0.05 * along**2
    if not scene.limb:
        return along, across, np.full_like(x, 2.2)
    wave = 0.012 * np.sin(5.1 * along + scene.seed)
    half = scene.width / 2 * (1 - scene.taper * along) + wave
    if scene.bulge:
        half = half + 0.045 * np.exp(-((along / 0.30) ** 2))
    return along, across, half.astype(np.float32)


def _noise(rng: np.random.Generator, shape: tuple[int, ...], sigma: float) -> Plane:
    """Smooth noise of unit variance; coarse noise is made small and enlarged."""
    step = max(1, int(sigma / 3))
    small = (shape[0] // step + 2, shape[1] // step + 2)
    plane = ndimage.gaussian_filter(
        rng.standard_normal(small).astype(np.float32), sigma / step, mode="reflect"
    )
    if step > 1:
        plane = ndimage.zoom(plane, step, order=1)
    plane = plane[: shape[0], : shape[1]]
    return ((plane - plane.mean()) / plane.std()).astype(np.float32)


def _freckles(rng: np.random.Generator, shape: tuple[int, ...]) -> Plane:
    spots = np.zeros(shape, np.float32)
    count = shape[0] * shape[1] // 9000
    spots[rng.integers(0, shape[0], count), rng.integers(0, shape[1], count)] = rng.uniform(0.3, 1, count)
    return ndimage.gaussian_filter(spots, 2.2) * 22


def _furrows(rng: np.random.Generator, x: Plane, y: Plane, angle: float) -> Plane:
    """The fine criss-cross of skin: ridged noise, stretched along two directions."""
    total = np.zeros_like(x)
    for turn, weight in ((angle + 62, 1.0), (angle - 38, 0.8), (angle + 95, 0.5)):
        stretched = ndimage.gaussian_filter1d(_noise(rng, x.shape, 1.5), 5, axis=1)
        rotated = ndimage.rotate(
            np.pad(stretched, 260, mode="reflect"), turn, reshape=False, order=1, mode="reflect"
        )
        ridge = rotated[260:-260, 260:-260]
        total -= weight * np.abs(ridge / ridge.std())
    return total - total.mean()


def _ink(tattoo: Tattoo, rng: np.random.Generator, along: Plane, around: Plane) -> Plane:
    """How much ink there is; it follows the limb's form, has spread a little and has faded unevenly."""
    turn = np.deg2rad(tattoo.turn)
    du, dv = along - tattoo.at[0], around - tattoo.at[1]
    height, width = tattoo.motif.shape
    step = tattoo.size * 2 / width
    u = (du * np.cos(turn) + dv * np.sin(turn)) / step + width / 2
    v = (-du * np.sin(turn) + dv * np.cos(turn)) / step + height / 2
    ink = ndimage.map_coordinates(tattoo.motif, (v, u), order=1, mode="constant")
    ink = ndimage.gaussian_filter(ink, 1.1)
    return (
        tattoo.strength * ink * (1 + 0.10 * _noise(rng, along.shape, 24) + 0.06 * _noise(rng, along.shape, 3))
    )


@dataclass
class _Layers:
    """What the light meets, one value per pixel."""

    melanin: Plane
    blood: Plane
    relief: Plane
    gloss: Plane


@dataclass(frozen=True)
class _Field:
    """A lesion's own coordinates (1 is its rim) and the irregularity that nature gives it."""

    u: Plane
    v: Plane
    rough: Plane
    fine: Plane
    grain: Plane
    strength: float

    def bend(self, rough: float) -> Plane:
        """Distance from a gently curved line along u."""
        return self.v + 0.10 * np.sin(2.2 * self.u) + rough * self.rough


def _add(lesion: Lesion, rng: np.random.Generator, x: Plane, y: Plane, layers: _Layers) -> None:
    turn = np.deg2rad(lesion.turn)
    dx, dy = x - lesion.at[0], y - lesion.at[1]
    field_ = _Field(
        u=(dx * np.cos(turn) + dy * np.sin(turn)) / lesion.size,
        v=(-dx * np.sin(turn) + dy * np.cos(turn)) / lesion.size,
        rough=0.13 * _noise(rng, x.shape, 26) + 0.05 * _noise(rng, x.shape, 7),
        fine=_noise(rng, x.shape, 3),
        grain=_noise(rng, x.shape, 8),
        strength=lesion.strength,
    )
    _LESIONS[lesion.kind](field_, layers)


def _mole(at: _Field, to: _Layers) -> None:
    r = np.hypot(at.u, at.v * 1.25) + at.rough
    core, rim = _fall(r, 0.72, 0.16), _fall(r, 1.0, 0.22)
    network = 1 + 0.16 * at.fine + 0.30 * at.grain
    to.melanin += at.strength * (0.75 * rim + 0.85 * core * network)
    to.blood += 0.10 * rim
    to.relief += 0.003 * core
    to.gloss += 0.05 * core


def _wound(at: _Field, to: _Layers) -> None:
    r = np.hypot(at.u, at.v * 1.5) + at.rough
    bed, edge = _fall(r, 0.78, 0.07), _fall(np.abs(r - 0.86), 0.10, 0.07)
    flush = _fall(r, 1.25, 0.42)
    slough = bed * _fall(np.hypot(at.u + 0.2, (at.v - 0.06) * 1.6) + 3.0 * at.rough, 0.34, 0.12)
    granulation = 1 + 0.22 * at.fine + 0.28 * at.grain
    to.melanin *= 1 - 0.45 * bed
    to.melanin += 0.10 * bed + 0.22 * slough + 0.05 * edge
    to.blood += at.strength * (0.30 * flush + 1.25 * bed * granulation - 1.10 * slough + 0.10 * edge)
    to.relief += -0.006 * bed + 0.002 * edge + 0.0006 * bed * at.fine
    to.gloss += 0.22 * bed


def _cut(at: _Field, to: _Layers) -> None:
    bend = at.bend(0.16)
    ends = _fall(np.abs(at.u), 0.9, 0.12)
    line, lips = _fall(np.abs(bend), 0.030, 0.02) * ends, _fall(np.abs(bend), 0.12, 0.10) * ends
    flush = _fall(np.hypot(at.u * 0.8, bend * 2.4), 0.8, 0.5)
    stitches = _stitches(at.u, bend)
    to.melanin += 0.8 * line + 2.3 * stitches
    to.blood += at.strength * (0.30 * flush + 0.35 * lips + 1.1 * line)
    to.relief += 0.004 * lips - 0.006 * line + 0.004 * stitches
    to.gloss += 0.12 * line


def _scar(at: _Field, to: _Layers) -> None:
    line = _fall(np.abs(at.bend(0.12)), 0.045, 0.06) * _fall(np.abs(at.u), 0.92, 0.25)
    to.melanin *= 1 - 0.35 * line
    to.blood += at.strength * 0.10 * line
    to.relief *= 1 - 0.8 * line
    to.relief += 0.0016 * line
    to.gloss += 0.05 * line


def _rash(at: _Field, to: _Layers) -> None:
    patch = _fall(np.hypot(at.u, at.v * 1.3) + at.rough, 0.95, 0.25)
    spots = np.clip(at.grain * 1.4 - 0.4, 0, 1.2) * patch
    to.blood += at.strength * (0.14 * patch + 0.42 * spots)
    to.relief += at.strength * 0.0016 * spots
    to.gloss += at.strength * 0.04 * spots


def _bruise(at: _Field, to: _Layers) -> None:
    deep = _fall(np.hypot(at.u, at.v * 1.35) + 1.5 * at.rough, 0.7, 0.35)
    to.melanin += at.strength * 0.42 * deep
    to.blood += at.strength * (0.48 * deep + 0.10 * at.fine * deep)


_LESIONS = {"mole": _mole, "wound": _wound, "cut": _cut, "scar": _scar, "rash": _rash, "bruise": _bruise}


def _fall(distance: Plane, edge: float, soft: float) -> Plane:
    """1 inside `edge`, 0 beyond `edge + soft`, smooth between."""
    t = np.clip((distance - edge + soft / 2) / soft, 0, 1)
    return (1 - t * t * (3 - 2 * t)).astype(np.float32)


def _stitches(u: Plane, v: Plane) -> Plane:
    near = np.abs((u + 0.75) % 0.30 - 0.15) / 0.010
    thread = np.clip(1.6 - near, 0, 1) * (np.abs(v) < 0.14) * (np.abs(u) < 0.80)
    return np.clip(thread, 0, 1).astype(np.float32)


def _hairs(
    scene: Scene,
    rng: np.random.Generator,
    colour: NDArray[np.float32],
    along: Plane,
    across: Plane,
    half: Plane,
) -> NDArray[np.float32]:
    height, width = along.shape
    layer = np.zeros((height, width), np.float32)
    for _ in range(scene.hairs):
        px, py = rng.uniform(0, width), rng.uniform(0, height)
        heading = np.deg2rad(scene.angle + 20 + rng.normal(0, 16))
        curl, length = rng.normal(0, 0.020), rng.uniform(16, 46)
        for step in np.arange(0, length, 0.5):
            ix, iy = int(px), int(py)
            if not (0 <= ix < width and 0 <= iy < height):
                break
            layer[iy, ix] = max(layer[iy, ix], 1 - step / length)
            px, py, heading = px + 0.5 * np.cos(heading), py + 0.5 * np.sin(heading), heading + curl * 0.5
    layer = np.clip(ndimage.gaussian_filter(layer, 0.7) * 1.3, 0, 1) * (np.abs(across) < half)
    return (colour * (1 - 0.50 * layer[..., None])).astype(np.float32)


def _shade(form: Plane, light: tuple[float, float, float], height: int) -> tuple[Plane, Plane]:
    """Diffuse light and sheen of a height map (in shares of the picture's height)."""
    gy, gx = np.gradient(form * height)
    norm = np.sqrt(gx**2 + gy**2 + 1)
    lx, ly, lz = np.array(light) / np.linalg.norm(light)
    facing = (-gx * lx - gy * ly + lz) / norm
    # Skin lets light through: the shadow's edge is soft.
    lit = 0.44 + 0.74 * np.clip((facing + 0.22) / 1.22, 0, 1)
    halfway = np.array([lx, ly, lz + 1]) / np.linalg.norm([lx, ly, lz + 1])
    mirror = np.clip((-gx * halfway[0] - gy * halfway[1] + halfway[2]) / norm, 0, 1)
    return lit.astype(np.float32), (mirror**26).astype(np.float32)


def _drape(
    scene: Scene, rng: np.random.Generator, x: Plane, y: Plane, across: Plane, half: Plane
) -> NDArray[np.float32]:
    folds = 0.030 * _noise(rng, x.shape, 120) + 0.010 * _noise(rng, x.shape, 36)
    height = x.shape[0]
    # Threads of uneven thickness: an even weave looks like a code to a code reader.
    warp, weft = (1.4 * _noise(rng, x.shape, 5) for _ in range(2))
    weave = 0.00030 * (np.sin(x * height * 1.5 + warp) + np.sin(y * height * 1.5 + weft))
    lit, _ = _shade(folds + weave + 0.0002 * _noise(rng, x.shape, 1.2), scene.light, height)
    # The limb's soft shadow falls away from the light.
    gap = np.abs(across - 0.035) - half
    shadow = 1 - 0.50 * np.exp(-np.clip(gap, 0, None) / 0.055)
    return np.array(_DRAPES[scene.drape], np.float32) * (lit * shadow)[..., None]


def _develop(rng: np.random.Generator, linear: NDArray[np.float32], x: Plane, y: Plane) -> Image.Image:
    """What a phone makes of it: fall-off, a little blur, grain, tone curve."""
    falloff = 1.04 - 0.16 * (x**2 + y**2)
    picture = np.clip(linear * falloff[..., None], 0, 1)
    picture = ndimage.gaussian_filter(picture, (0.6, 0.6, 0))
    picture = picture + rng.normal(0, 0.0045, picture.shape)
    return Image.fromarray((np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8))
