"""`photoguard decide`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import UsageError
from .run_options import PracticeHome

if TYPE_CHECKING:
    from ..photo import Box

_OPTIONS = {"masks": "mask", "shown": "show", "accepts": "accept"}
"""Where an option has another name than what it sets."""


def decide(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="The original.", show_default=False)],
    by: Annotated[
        str, typer.Option(metavar="NAME", help="Who decides: a name or a role.", show_default=False)
    ],
    note: Annotated[str, typer.Option(metavar="TEXT", help="Why.", show_default=False)],
    as_it_is: Annotated[bool, typer.Option("--as-it-is", help="It is not mirrored.")] = False,
    flip: Annotated[bool, typer.Option("--flip", help="It is mirrored: flip it back.")] = False,
    turn: Annotated[
        int, typer.Option(metavar="DEGREES", help="Turn it clockwise: 90, 180 or 270.", show_default=False)
    ] = 0,
    mask: Annotated[
        list[str] | None, typer.Option(metavar="[KIND=]X0,Y0,X1,Y1", help="Mask this area too.")
    ] = None,
    show: Annotated[
        list[str] | None, typer.Option(metavar="KIND=X0,Y0,X1,Y1", help="Leave this finding visible.")
    ] = None,
    keep: Annotated[
        list[str] | None, typer.Option(metavar="X0,Y0,X1,Y1", help="This area is the clinical finding.")
    ] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Answer for a reason that the photo is held back for."),
    ] = None,
    home: PracticeHome = None,
) -> None:
    """Say what is to be done with a photo that waits for a person. The same `photoguard clean` then does it.

    Kinds: face, tattoo, text, code, background, drawn. Coordinates are pixels of
    the upright picture as it is released, as in report.json. The decision counts
    for this very file, and takes the place of an earlier one; it is written to
    the audit log. What is blocked for want of consent stays blocked.
    """
    from pydantic import ValidationError

    import photoguard

    if as_it_is and flip:
        raise UsageError("DECISION_INVALID", "--as-it-is and --flip contradict each other.")
    try:
        decision = photoguard.Decision.model_validate(
            {
                "by": by,
                "note": note,
                "mirror": "flip" if flip else "as_it_is" if as_it_is else None,
                "turn": turn,
                "masks": [_area(area, "drawn") for area in mask or ()],
                "shown": [_area(area, None) for area in show or ()],
                "keep": [_box(area) for area in keep or ()],
                "accepts": tuple(dict.fromkeys(accept or ())),
            }
        )
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise UsageError(
            "DECISION_INVALID",
            f"What --{_OPTIONS.get(field, field)} says can't be. `photoguard decide --help` tells what it takes.",
        ) from None
    photoguard.decide(photo, decision, home=home)
    typer.echo("Remembered. Give the same `photoguard clean` command again to carry it out.")


def _area(text: str, kind: str | None) -> dict[str, object]:
    named, _, box = text.rpartition("=")
    if not named and kind is None:
        raise UsageError(
            "DECISION_INVALID", "Say what is to stay visible, for instance --show face=10,10,80,90."
        )
    return {"kind": named or kind, "box": _box(box)}


def _box(text: str) -> Box:
    try:
        x0, y0, x1, y1 = (int(part) for part in text.split(","))
    except ValueError:
        raise _not_an_area() from None
    if not (0 <= x0 < x1 and 0 <= y0 < y1):
        raise _not_an_area()
    return x0, y0, x1, y1


def _not_an_area() -> UsageError:
    return UsageError(
        "DECISION_INVALID", "An area is left,top,right,bottom in pixels, for instance 10,10,80,90."
    )
