"""What a person wants of one photo while correcting it: areas to mask or to keep, which side is left, what is up.

Everything here is a value: a change gives a new Draft, so that undoing is going back to the one before.
Coordinates are pixels of the picture as it will be released, flipped and turned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, cast

from ..decision import Decision, DrawnMask, Shown
from ..outcome import ASKED, Outcome
from ..photo import Box, Finding, Kind, Method, Ring

DRAWN_METHODS = (Method.BLUR, Method.PIXELATE, Method.SOLID)
_Point: TypeAlias = tuple[int, int]
_Turn: TypeAlias = Literal[0, 90, 180, 270]


@dataclass(frozen=True, slots=True)
class Area:
    """A place in the picture that a person can change."""

    box: Box
    kind: Kind = Kind.DRAWN
    outline: tuple[Ring, ...] = ()
    """The shape where it is not the box, as in a Finding."""
    method: Method | None = None
    """How it is masked, where not as the policy says for its kind."""
    drawn: bool = True
    """By a person; False for what a detector found and nobody has changed."""
    sure: bool = True
    """False where only a person can tell what it is: it has no mask of its own."""
    keep: bool = False
    """It is the clinical finding and stays visible."""

    @property
    def masked(self) -> bool:
        """Whether it will be covered."""
        return not self.keep and (self.sure or self.drawn or self.kind not in ASKED)

    def finding(self) -> Finding:
        """The area as masks are planned from it."""
        return Finding(self.kind, self.box, 1.0, "person", outline=self.outline, method=self.method)

    def mapped(self, point: Callable[[int, int], _Point]) -> Area:
        """The area with each of its points moved; a box may come out with its corners swapped."""
        (ax, ay), (bx, by) = point(self.box[0], self.box[1]), point(self.box[2], self.box[3])
        outline = tuple(tuple(point(x, y) for x, y in ring) for ring in self.outline)
        return replace(self, box=(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by)), outline=outline)


@dataclass(frozen=True, slots=True)
class Draft:
    """A photo's corrections so far."""

    size: tuple[int, int]
    """Width and height of the picture as it will be released."""
    areas: tuple[Area, ...]
    shown: tuple[Shown, ...] = ()
    mirror: Literal["as_it_is", "flip"] | None = None
    flipped: bool = False
    """The picture lies the other way round than in its file."""
    turn: _Turn = 0
    """Degrees clockwise, after flipping."""

    @classmethod
    def of(cls, outcome: Outcome, decided: Decision | None, size: tuple[int, int], flipped: bool) -> Draft:
        """Where correcting begins: what was found, with what a person has decided about the photo before."""
        found = tuple(
            Area(one.box, one.kind, one.outline, drawn=False, sure=one.sure)
            for one in outcome.findings
            if one.detector != "person"
        )
        if decided is None:
            return cls(size, found, flipped=flipped)
        drawn = tuple(Area(m.box, m.kind, m.outline, m.method) for m in decided.masks)
        kept = tuple(Area(box, keep=True) for box in decided.keep)
        return cls(size, found + drawn + kept, decided.shown, decided.mirror, flipped, decided.turn)

    def decision(self, by: str, note: str, accepts: Iterable[str] = ()) -> Decision:
        """The corrections as the library carries them out."""
        return Decision(
            by=by,
            note=note,
            # Who corrects a picture that the software flipped back has seen it that way.
            mirror=self.mirror or ("flip" if self.flipped else None),
            turn=self.turn,
            masks=tuple(
                DrawnMask(
                    box=area.box,
                    kind=area.kind,
                    outline=area.outline,
                    method=cast("Literal[Method.BLUR, Method.PIXELATE, Method.SOLID] | None", area.method),
                )
                for area in self.areas
                if area.drawn and not area.keep
            ),
            shown=self.shown,
            keep=tuple(area.box for area in self.areas if area.keep),
            accepts=tuple(accepts),
        )

    def with_area(self, area: Area) -> Draft:
        """One more area, cut off at the picture's edges."""
        return replace(self, areas=(*self.areas, self._within(area)))

    def without(self, number: int) -> Draft:
        """An area less. What a detector found will stay visible."""
        areas = self.areas[:number] + self.areas[number + 1 :]
        return self._left(areas, self._shown_for(self.areas[number]))

    def changed(self, number: int, area: Area) -> Draft:
        """Another area in its place. What a detector found becomes a person's."""
        before = self.areas[number]
        area = self._within(replace(area, drawn=True, sure=True))
        areas = (*self.areas[:number], area, *self.areas[number + 1 :])
        return self._left(areas, self._shown_for(before))

    def moved(self, number: int, dx: int, dy: int) -> Draft:
        """An area elsewhere; it stays within the picture."""
        x0, y0, x1, y1 = self.areas[number].box
        width, height = self.size
        dx = max(-x0, min(dx, width - x1))
        dy = max(-y0, min(dy, height - y1))
        return self.changed(number, self.areas[number].mapped(lambda x, y: (x + dx, y + dy)))

    def resized(self, number: int, box: Box) -> Draft:
        """An area stretched into another box, its shape with it."""
        x0, y0, x1, y1 = self.areas[number].box
        left, top, right, bottom = box
        across, down = (right - left) / (x1 - x0), (bottom - top) / (y1 - y0)
        stretched = self.areas[number].mapped(
            lambda x, y: (left + round((x - x0) * across), top + round((y - y0) * down))
        )
        return self.changed(number, stretched)

    def only(self, number: int) -> Draft:
        """Everything is masked but this area; what the software took for the background gives way to it."""
        width, height = self.size
        area = self.areas[number]
        frame = ((0, 0), (width - 1, 0), (width - 1, height - 1), (0, height - 1))
        around = Area(
            (0, 0, width, height), Kind.BACKGROUND, (frame, *(area.outline or (corners(area.box),)))
        )
        left = replace(self, areas=())
        for other in self.areas:
            if other is area or other.kind is Kind.BACKGROUND or (not other.drawn and _same(area, other)):
                left = replace(left, shown=left._shown_for(other))
            else:
                left = replace(left, areas=(*left.areas, other))
        return replace(left, areas=(*left.areas, around))

    def flip(self) -> Draft:
        """The other way round."""
        width, _ = self.size
        seen = self._turned(lambda x, y: (width - x, y), lambda x, y: (width - 1 - x, y), self.size)
        # A flip after a turn by 90 degrees is the same as a flip before a turn by 270.
        turn = cast(_Turn, -self.turn % 360)
        return replace(
            seen, flipped=not self.flipped, turn=turn, mirror="as_it_is" if self.flipped else "flip"
        )

    def rotate(self) -> Draft:
        """A quarter to the right."""
        width, height = self.size
        seen = self._turned(lambda x, y: (height - y, x), lambda x, y: (height - 1 - y, x), (height, width))
        return replace(seen, turn=cast(_Turn, (self.turn + 90) % 360))

    def rotate_back(self) -> Draft:
        """A quarter to the left."""
        return self.rotate().rotate().rotate()

    def right_as_it_is(self) -> Draft:
        """A person has looked: left is left."""
        return replace(self, mirror="flip" if self.flipped else "as_it_is")

    def _turned(
        self, edge: Callable[[int, int], _Point], pixel: Callable[[int, int], _Point], size: tuple[int, int]
    ) -> Draft:
        """Boxes lie between pixels and rings on them, so that each is mapped by its own rule."""
        areas = tuple(
            replace(
                area.mapped(edge),
                outline=tuple(tuple(pixel(x, y) for x, y in ring) for ring in area.outline),
            )
            for area in self.areas
        )
        shown = tuple(one.model_copy(update={"box": Area(one.box).mapped(edge).box}) for one in self.shown)
        return replace(self, size=size, areas=areas, shown=shown)

    def _left(self, areas: Iterable[Area], shown: tuple[Shown, ...]) -> Draft:
        """With these areas. What detectors have masked where a finding of its kind is shown stays masked, by a person:
        it would be taken for that finding.
        """
        own = (
            replace(area, drawn=True)
            if not area.drawn and area.masked and any(one.means(area.finding()) for one in shown)
            else area
            for area in areas
        )
        return replace(self, areas=tuple(own), shown=shown)

    def _shown_for(self, area: Area) -> tuple[Shown, ...]:
        return self.shown if area.drawn else (*self.shown, Shown(kind=area.kind, box=area.box))

    def _within(self, area: Area) -> Area:
        width, height = self.size
        x0, y0, x1, y1 = area.box
        x0, y0 = max(0, min(x0, width - 1)), max(0, min(y0, height - 1))
        x1, y1 = max(x0 + 1, min(x1, width)), max(y0 + 1, min(y1, height))
        outline = tuple(
            tuple((max(0, min(x, width - 1)), max(0, min(y, height - 1))) for x, y in ring)
            for ring in area.outline
        )
        return replace(area, box=(x0, y0, x1, y1), outline=outline)


def _same(one: Area, other: Area) -> bool:
    """Whether two areas are taken for one finding."""
    return Shown(kind=one.kind, box=one.box).means(other.finding())


def corners(box: Box) -> Ring:
    """A box as a ring through its outermost pixels."""
    x0, y0, x1, y1 = box
    return (x0, y0), (x1 - 1, y0), (x1 - 1, y1 - 1), (x0, y1 - 1)


def freehand(points: Sequence[_Point]) -> Area | None:
    """What a line that was drawn by hand encloses; None where it encloses nothing."""
    ring = tuple(point for point, last in zip(points, (None, *points), strict=False) if point != last)
    xs, ys = [x for x, _ in ring], [y for _, y in ring]
    if len(ring) < 3 or min(xs) == max(xs) or min(ys) == max(ys):
        return None
    return Area((min(xs), min(ys), max(xs) + 1, max(ys) + 1), outline=(ring,))
