"""Sets the form on A4 pages: black on white, room to write by hand, readable after copying and scanning."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from PIL import Image

from ...errors import UsageError
from ...extra import extra
from ...policy import Channel
from ..record import Assent, GrantorRole, Statement
from .template import Template

with extra("Making a consent form"):
    import segno
    from fpdf import FPDF
    from fpdf.enums import Align, MethodReturnValue, XPos, YPos

_MARGIN = 17
_TOP = 14
_BOX = 3.4
"""Side of a box to tick, mm."""
_LINE = 4.5
_INK = 25
_GREY = 110
_RULE = 150
_PAGES = 2
_LONGEST_NAME = 120

_CHANNELS = (Channel.WEBSITE, Channel.SOCIAL_MEDIA, Channel.JOURNAL, Channel.SLIDES, Channel.MESSENGER)


def form(template: Template, practice: str, address: str = "", made_at: datetime | None = None) -> bytes:
    """The form as a PDF, two pages of A4.

    `practice` and `address` stand at its head, `address` may have several lines. `made_at` is the PDF's own
    date: the same inputs give the same bytes.
    Raises UsageError (FORM_TEXT): a text that is too long, or has letters that the form's font does not have.
    """
    for text in (practice, address):
        try:
            text.encode("windows-1252")
        except UnicodeEncodeError:
            raise UsageError("FORM_TEXT", "The form's font does not have all of these letters.") from None
    lines = [line.strip() for line in address.splitlines() if line.strip()]
    if not practice.strip() or max(map(len, [practice, *lines])) > _LONGEST_NAME or len(lines) > 4:
        raise UsageError("FORM_TEXT", "Give the practice's name and address in at most five lines.")
    page = _Page(template)
    page.set_creation_date(made_at or datetime(2026, 1, 1, tzinfo=UTC))
    page.head(practice.strip(), lines)
    page.first_half()
    page.second_half()
    return bytes(page.output())


class _Page(FPDF):
    """The form while it is being set."""

    def __init__(self, template: Template) -> None:
        super().__init__(format="A4")
        self.core_fonts_encoding = "windows-1252"
        self._template = template
        self._said: dict[str, Any] = template.texts
        self.set_margins(_MARGIN, _TOP)
        self.c_margin = 0  # text begins where lines and boxes do
        self.set_auto_page_break(True, margin=16)
        self.set_lang(template.language)
        self.set_title(self._said["title"])
        self.set_text_color(_INK)
        self.set_draw_color(_RULE)
        self.set_line_width(0.2)
        self._above_headings, self._to_write = 3.3, 10.0
        self.add_page()

    # --- what stands on every page -------------------------------------------------------------------------

    def footer(self) -> None:
        self.set_y(-11)
        self.set_font("helvetica", size=7.5)
        self.set_text_color(_GREY)
        told = f"{self._said['form_id']} {self._template.id}"
        self.cell(self.epw / 2, 4, told)
        page = self._said["page"].format(page=self.page_no(), pages=_PAGES)
        self.cell(self.epw / 2, 4, page, align=Align.R)
        self.set_text_color(_INK)

    # --- the parts -----------------------------------------------------------------------------------------

    def head(self, practice: str, address: Sequence[str]) -> None:
        top, side = self.get_y(), 21
        code = io.BytesIO()
        segno.make(f"photoguard:form:{self._template.id}", error="m").save(
            code, kind="png", scale=8, border=0
        )
        # In grey: single bits would be stored in a fax coding that not every reader knows.
        self.image(
            Image.open(code).convert("L"),
            x=self.w - _MARGIN - side,
            y=top,
            w=side,
            alt_text=self._template.id,
        )
        self.set_font("helvetica", "B", 11)
        self.multi_cell(self.epw - side - 6, 5, practice, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font("helvetica", size=9)
        for line in address:
            self.multi_cell(
                self.epw - side - 6, 4.2, line, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
            )
        self.set_y(max(self.get_y() + 3, top + side - 7))
        self.set_font("helvetica", "B", 16)
        self.multi_cell(
            self.epw - side - 6, 7, self._said["title"], align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_y(max(self.get_y(), top + side) + 2)
        self._text(self._said["intro"])

    def first_half(self) -> None:
        said = self._said["patient"]
        self._heading(said["heading"])
        self._blanks((said["name"], 0.5), (said["born"], 0.22), (said["number"], 0.28))
        said = self._said["photos"]
        self._heading(said["heading"], said["note"])
        self._blanks((said["treated"], 1))
        self._blanks((said["before"], 0.5), (said["after"], 0.5))
        self._uses()
        said = self._said["masking"]
        self._heading(said["heading"], said["note"])
        for choice in ("face", "full", "identifiable"):
            self._tick(said[choice])
        said = self._said["statements"]
        self._heading(said["heading"], said["note"])
        for statement in Statement:
            self._tick(said[statement.value])

        said = self._said["validity"]
        self._heading(said["heading"])
        self._blanks((said["start"], 0.5), (said["end"], 0.5))

    def second_half(self) -> None:
        self._above_headings, self._to_write = 5.5, 11.5  # the second page has room
        self.add_page()
        said = self._said["patient"]  # again: the two sheets may come apart
        self._blanks((said["name"], 0.7), (said["born"], 0.3))
        said = self._said["signer"]
        self._heading(said["heading"])
        self._ticks([said[role.value] for role in GrantorRole])
        self._blanks((said["name"], 0.62), (said["relation"], 0.38))
        self._blanks((said["authority"], 0.7), (said["authority_until"], 0.3))
        self._ticks([said["capacity_yes"], said["capacity_no"]], said["capacity"])
        self._blanks((said["assessed"], 1))
        self._ticks([said[f"assent_{each.value}"] for each in Assent], said["assent"])
        said = self._said["language"]
        self._heading(said["heading"])
        self._blanks((said["understands"], 0.5), (said["interpreter"], 0.5))
        said = self._said["withdrawal"]
        self._heading(said["heading"])
        self._text(said["text"])
        said = self._said["signature"]
        self._heading(said["heading"])
        for whose in ("patient", "other"):
            self._blanks((said["place"], 0.4), (said[whose], 0.6), height=17)
        said = self._said["practice"]
        self._heading(said["heading"], boxed=True)
        self._blanks((said["attested"], 0.48), (said["on"], 0.2), (said["record"], 0.32))

    def _uses(self) -> None:
        said = self._said["uses"]
        self._heading(said["heading"], said["note"])
        narrow, what = 9, self.epw * 0.46
        self.set_font("helvetica", size=7.5)
        self.set_text_color(_GREY)
        for width, text in ((narrow, said["yes"]), (narrow, said["no"]), (what, ""), (0, said["where"])):
            self.cell(width, 4, text)
        self.ln(4.5)
        self.set_text_color(_INK)
        for channel in _CHANNELS:
            self.set_font("helvetica", size=9)
            top, text = self.get_y(), said[channel.value]
            rows = self._rows(what - 3, text)
            height = max(7.0, rows * _LINE + 1.5)
            middle = top + (height - _BOX) / 2
            for place in (0, narrow):
                self._box(self.l_margin + place, middle)
            self.set_xy(self.l_margin + 2 * narrow, top + (height - rows * _LINE) / 2)
            self.multi_cell(what - 3, _LINE, text, align=Align.L)
            start = self.l_margin + 2 * narrow + what
            self.line(start, top + height - 1.2, self.w - _MARGIN, top + height - 1.2)
            self.set_xy(self.l_margin, top + height)
        self.ln(0.8)
        self.set_font("helvetica", size=8)
        self.set_text_color(_GREY)
        self.multi_cell(self.epw, 3.8, said["purposes"], align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(_INK)

    # --- how parts look ------------------------------------------------------------------------------------

    def _heading(self, text: str, note: str = "", *, boxed: bool = False) -> None:
        if self.will_page_break(24):
            self.add_page()
        self.ln(self._above_headings)
        if boxed:
            self.ln(2)
            self.line(self.l_margin, self.get_y(), self.w - _MARGIN, self.get_y())
            self.ln(3)
        self.set_font("helvetica", "B", 10)
        self.multi_cell(self.epw, 5, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        if note:
            self.set_font("helvetica", size=8)
            self.set_text_color(_GREY)
            self.multi_cell(self.epw, 3.8, note, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
            self.set_text_color(_INK)
        self.ln(0.8)

    def _text(self, text: str) -> None:
        self.set_font("helvetica", size=9)
        self.multi_cell(self.epw, _LINE, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _blanks(self, *fields: tuple[str, float], height: float | None = None) -> None:
        """Lines to write on, side by side, each with its share of the width and its name below."""
        self.set_font("helvetica", size=7.5)
        gap, top, names, height = 5, self.get_y(), 3.4, height or self._to_write
        rows = 1
        for name, share in fields:
            width = self.epw * share - gap
            rows = max(rows, self._rows(width, name))
        if self.will_page_break(height + rows * names):
            self.add_page()
            top = self.get_y()
        left = self.l_margin
        for number, (name, share) in enumerate(fields):
            whole = self.epw * share
            width = whole if number == len(fields) - 1 else whole - gap
            self.line(left, top + height - 2, left + width, top + height - 2)
            self.set_xy(left, top + height - 1.4)
            self.set_text_color(_GREY)
            self.multi_cell(width, names, name, align=Align.L)
            left += whole
        self.set_text_color(_INK)
        self.set_xy(self.l_margin, top + height - 1.4 + rows * names)

    def _rows(self, width: float, text: str) -> int:
        """Into how many lines a text is broken."""
        lines: Any = self.multi_cell(width, _LINE, text, dry_run=True, output=MethodReturnValue.LINES)
        return len(lines)

    def _tick(self, text: str) -> None:
        """One box with a sentence."""
        self.set_font("helvetica", size=9)
        self._box(self.l_margin, self.get_y() + 0.7)
        self.set_x(self.l_margin + 6)
        self.multi_cell(self.epw - 6, _LINE, text, align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(0.9)

    def _ticks(self, texts: Sequence[str], question: str = "") -> None:
        """Several boxes in a row, after a question; they wrap where they must."""
        self.set_font("helvetica", size=9)
        self.ln(3)
        if question:
            self.write(_LINE, question)
            self.set_x(self.get_x() + 4)
        for text in texts:
            width = self.get_string_width(text) + 11
            if self.get_x() + width - 4 > self.w - _MARGIN:
                self.ln(_LINE + 1)
            self._box(self.get_x(), self.get_y() + 0.6)
            self.set_x(self.get_x() + 5)
            self.cell(width - 5, _LINE, text)
        self.ln(_LINE + 0.6)

    def _box(self, x: float, y: float) -> None:
        self.set_draw_color(_INK)
        self.rect(x, y, _BOX, _BOX)
        self.set_draw_color(_RULE)
