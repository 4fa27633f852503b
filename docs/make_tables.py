"""Writes the tables of these pages that come from the code: `python docs/make_tables.py`."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from photoguard.consent.gate import TABLE
from photoguard.photo import Kind, Method
from photoguard.policy import LARGEST, Channel, Masking, Policy, Size
from photoguard.reasons import LEFT_OUT, REASONS

DOCS = Path(__file__).parent
_PLACE = re.compile(r"(<!-- made by make_tables\.py: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)

_OPTIONS = {
    "channel": "where the photos go; stronger than `--for`",
    "purpose": "why they go there; a pair's consent must cover it",
    "outlet": "the one account, journal or recipient that it is for, in the words of the consent form; also `--outlet`",
    "country": "the one country that it is for, as `CH`; also `--country`",
    "background": "what of the background is masked: `identifying`, `all` or `keep`, see below",
    "pairs_need_consent": "whether before/after pairs need a signed consent",
    "mirrored": "what becomes of a photo that is mirrored or suspected to be: `review`; `flip`, which flips back what a"
    " cue in it proves to be mirrored; or `release`",
    "size": "how large photos may leave: `original`, `large`, `medium` or `small`, see below; also `--size`",
    "most_masked": "share of the picture under masks above which a person must look",
    "max_megapixels": "pictures that announce more are refused before they are decoded",
}
_KINDS = {
    Kind.FACE: "the whole head",
    Kind.TATTOO: "tattoos",
    Kind.TEXT: "text and labels",
    Kind.CODE: "QR, bar and other codes",
    Kind.BACKGROUND: "what `background` names",
    Kind.DRAWN: "areas that a person drew",
}


def written(page: str) -> str:
    """A page with its tables as the code has them now."""
    return _PLACE.sub(lambda place: place[1] + _TABLES[place[2]]() + place[3], page)


def _reasons() -> str:
    return _table(
        ("status", "code", "what was seen", "why it matters", "what to do"),
        [(one.status.value, f"`{one.code}`", one.seen, one.matters, one.do) for one in REASONS.values()],
    )


def _gate() -> str:
    return _table(
        ("code", "what was seen", "why it matters", "what to do"),
        [(f"`{row.code}`", row.seen, row.matters, row.do) for row in TABLE],
    )


def _left_out() -> str:
    return _table(("code", "what it is"), [(f"`{code}`", says) for code, says in LEFT_OUT.items()])


def _policy() -> str:
    default = Policy().model_dump(mode="json")
    rows = [
        (f"`{name}`", "none" if default[name] is None else f"`{_toml(default[name])}`", _OPTIONS[name])
        for name in Policy.model_fields
        if name != "masking"
    ]
    methods = ", ".join(f"`{method.value}`" for method in Method)
    for kind in Kind:
        method = Masking().method(kind).value
        rows.append((f"`masking.{kind.value}`", f'`"{method}"`', f"{_KINDS[kind]}: one of {methods}"))
    return _table(("option", "default", "what it decides"), rows)


def _presets() -> str:
    presets = [Policy.for_channel(channel) for channel in Channel]
    return _table(
        ("channel", "purpose", "background", "pairs need consent", "mirrored"),
        [
            (
                f"`{one.channel.value}`",
                one.purpose.value,
                one.background,
                "yes" if one.pairs_need_consent else "no",
                one.mirrored,
            )
            for one in presets
        ],
    )


def _sizes() -> str:
    rows = [
        (f"`{size.value}`", f"{most.side} pixels", f"{most.bytes / 1_000_000:g} MB")
        for size, most in LARGEST.items()
    ]
    rows.insert(0, (f"`{Size.ORIGINAL.value}`", "as it is", "as it is"))
    return _table(("size", "longer side at most", "file at most"), rows)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{value}"' if isinstance(value, str) else str(value)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


_TABLES: dict[str, Callable[[], str]] = {
    "reasons": _reasons, "gate": _gate, "left_out": _left_out, "policy": _policy, "presets": _presets, "sizes": _sizes,
}  # fmt: skip

if __name__ == "__main__":
    for path in sorted(DOCS.glob("*.md")):
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")
