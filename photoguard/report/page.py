"""report.html: one page that needs nothing but itself."""

from __future__ import annotations

import base64
import hashlib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import ValidationError

from ..outcome import ASKED, Outcome, RunReport, Status
from ..photo import Kind, Method
from ..policy import LARGEST, Policy
from .texts import LANGUAGES, Explanation, explain, texts
from .voice import Voice

# What needs a person comes first.
ORDER = (Status.REVIEW, Status.BLOCKED, Status.FAILED, Status.RELEASED)
_WITH_PICTURE = (Status.REVIEW, Status.RELEASED)

_LONGEST: Mapping[object, int] = {size.value: most.side for size, most in LARGEST.items()}
"""Of the sides of a photo that was made smaller, by the size that the policy asks for."""

_PAGE = Environment(
    loader=PackageLoader("photoguard.report", "template"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
).get_template("report.html.j2")


@dataclass(frozen=True, slots=True)
class Card:
    """One photo as the page shows it."""

    photo: Outcome
    name: str
    link: str | None
    picture: str | None
    """Base64 of a JPEG. Cards are made one after the other, so that few pictures are held at a time."""
    reasons: tuple[tuple[str, Explanation], ...]
    found: tuple[tuple[Kind, int, str | None], ...]
    """Kind, how many, and how they are masked: `doubted` for those that a person is asked about."""


@dataclass(frozen=True, slots=True)
class Group:
    """What is looked at together: a photo, or all photos of a pair."""

    cards: tuple[Card, ...]
    pair: str | None

    @property
    def statuses(self) -> tuple[Status, ...]:
        """Without repeats, the one that needs a person most first."""
        return tuple(status for status in ORDER if any(card.photo.status is status for card in self.cards))


def render(report: RunReport, thumbnails: Mapping[str, bytes]) -> Iterator[str]:
    """The page in pieces, so that thousands of pictures are never held in memory twice.

    `thumbnails` is as in `photoguard.report.write`.
    """
    style, script = (_asset(name) for name in ("style.css", "script.js"))
    return _PAGE.generate(
        report=report,
        groups=_groups(report, thumbnails),
        order=ORDER,
        kinds=tuple(Kind),
        languages=LANGUAGES,
        methods=report.policy.get("masking", {}),
        side=_LONGEST.get(report.policy.get("size")),
        voice=Voice(),
        known=texts("en"),
        searched=_searched(report.policy),
        visible=visible,
        style=style,
        script=script,
        security=(
            f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
            "base-uri 'none'; form-action 'none'"
        ),
    )


def _searched(policy: Mapping[str, object]) -> bool:
    """Whether anything was looked for in the pictures; where that can't be told, the page says what it always says."""
    try:
        return Policy.model_validate(policy).searches
    except ValidationError:
        return True


def visible(name: str) -> str:
    """A name with what can't be seen in it written out, such as line breaks and marks that turn the text."""
    return "".join(
        f"⟨U+{ord(c):04X}⟩" if unicodedata.category(c) in _UNSEEN and c != _JOINER else c for c in name
    )


_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Cs"}
_JOINER = "\u200d"  # builds emoji such as families; alone it does no harm


def _groups(report: RunReport, thumbnails: Mapping[str, bytes]) -> Iterator[Group]:
    together: dict[tuple[str, object], list[Outcome]] = {}
    for position, photo in enumerate(report.photos):
        place = ("photo", position) if photo.pair is None else ("pair", photo.pair)
        together.setdefault(place, []).append(photo)
    for photos in sorted(together.values(), key=lambda some: min(ORDER.index(one.status) for one in some)):
        inner = sorted(photos, key=lambda photo: photo.role != "before")
        yield Group(tuple(_card(photo, report, thumbnails) for photo in inner), photos[0].pair)


def _card(photo: Outcome, report: RunReport, thumbnails: Mapping[str, bytes]) -> Card:
    thumbnail = thumbnails.get(photo.source) if photo.status in _WITH_PICTURE else None
    codes = dict.fromkeys((*photo.reasons, *photo.consent.codes))
    masking = report.policy.get("masking")
    methods = masking if isinstance(masking, dict) and photo.output else {}
    counts = Counter((found.kind, found.sure or found.kind not in ASKED) for found in photo.findings)
    return Card(
        photo=photo,
        name=visible(photo.source),
        link="./" + quote(photo.output) if photo.output else None,
        picture=base64.b64encode(thumbnail).decode() if thumbnail else None,
        reasons=tuple((code, explain(code)) for code in codes),
        found=tuple(
            (kind, counts[kind, sure], _how(methods.get(kind), sure))
            for kind in Kind
            for sure in (True, False)
            if (kind, sure) in counts
        ),
    )


def _how(method: str | None, sure: bool) -> str | None:
    return method if sure or method in (None, Method.KEEP) else "doubted"


def _asset(name: str) -> Markup:
    return Markup(files(__package__).joinpath("template", name).read_text(encoding="utf-8"))  # noqa: S704 (our file)


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
