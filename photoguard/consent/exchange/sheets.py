"""Tables of consents as files: CSV and Excel workbooks, to read and to write the empty template."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...extra import extra
from ...whole import new_file
from .columns import COLUMNS
from .item import Refusal
from .rows import Cells, header

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell

_LARGEST = 256 << 20
"""Bytes of a table, unpacked. Ten thousand rows have a fiftieth of it."""


def read(path: Path) -> Iterator[tuple[int, Cells]]:
    """A table's rows with their line numbers, empty ones left out.

    Raises UsageError (TABLE_UNREADABLE, TABLE_COLUMN, EXTRA_MISSING).
    """
    return _xlsx(path) if path.suffix.lower() == ".xlsx" else _csv(path)


def write_template(path: Path) -> None:
    """An empty table to fill in: a workbook, or for `.csv` its header line. Never over an existing file.

    Raises UsageError (TEMPLATE_EXISTS, TEMPLATE_UNWRITABLE, EXTRA_MISSING).
    """
    content = _workbook() if path.suffix.lower() == ".xlsx" else _header_line()
    try:
        with new_file(path) as file:
            file.write(content)
    except FileExistsError:
        raise UsageError("TEMPLATE_EXISTS", "There is a file of that name already. Choose another.") from None
    except OSError:
        raise UsageError(
            "TEMPLATE_UNWRITABLE", "The template can't be written there. Choose another place."
        ) from None


def _unreadable() -> UsageError:
    return UsageError("TABLE_UNREADABLE", "The table can't be read. Save it as CSV (UTF-8) or as .xlsx.")


def _not_opened() -> UsageError:
    return UsageError("TABLE_UNREADABLE", "The table can't be opened. Check its name.")


def _csv(path: Path) -> Iterator[tuple[int, Cells]]:
    try:
        if path.stat().st_size > _LARGEST:
            raise _unreadable()
        data = path.read_bytes()
        text = data.decode("utf-8-sig") if not _is_cp1252(data) else data.decode("cp1252")
    except OSError:
        raise _not_opened() from None
    except UnicodeDecodeError:
        raise _unreadable() from None
    first = text.split("\n", 1)[0]
    lines = csv.reader(
        io.StringIO(text, newline=""),
        delimiter=";" if first.count(";") > first.count(",") else ",",
        strict=True,
    )
    try:
        names = header(next(lines, []))
        begins = lines.line_num + 1
        for cells in lines:
            if any(cell.strip() for cell in cells):
                yield begins, _row(names, cells)
            begins = lines.line_num + 1
    except csv.Error:
        raise _unreadable() from None


def _is_cp1252(data: bytes) -> bool:
    """Whether a table is in what Excel writes on Windows unless it is told otherwise."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


def _xlsx(path: Path) -> Iterator[tuple[int, Cells]]:
    with extra("Reading Excel files"):
        from openpyxl import load_workbook
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(part.file_size for part in packed.infolist()) > _LARGEST:
                raise _unreadable()
        # Formulas are kept as such: a value that was computed long ago may not be what it says today.
        book = load_workbook(path, read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        rows = sheet.iter_rows()
        names = header([str(cell.value or "") for cell in next(rows, ())])
        for number, cells in enumerate(rows, start=2):
            if any(cell.value is not None and str(cell.value).strip() for cell in cells):
                yield number, _row(names, [_said(cell) for cell in cells])
    except (UsageError, Refusal):
        raise
    except OSError:
        raise _not_opened() from None
    except Exception:  # a damaged workbook fails in many ways
        raise _unreadable() from None


def _row(names: tuple[str, ...], cells: list[str] | list[str | Refusal]) -> Cells:
    row: dict[str, str | Refusal] = dict(zip(names, cells, strict=False))
    if any(cell for cell in cells[len(names) :]):
        row["patient"] = Refusal("ROW_TOO_LONG")
    for name, cell in row.items():
        if isinstance(cell, Refusal) and not cell.about:
            row[name] = Refusal(cell.code, name)
    return row


def _said(cell: Cell | MergedCell) -> str | Refusal:
    """A cell as text: what was typed, or why that is not known."""
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in ("f", "e") or not isinstance(value, str | bool | datetime | int | float):
        return Refusal("CELL_FORMULA")
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        midnight = (value.hour, value.minute, value.second, value.microsecond) == (0, 0, 0, 0)
        return value.date().isoformat() if midnight else Refusal("DATE_INVALID")
    return Refusal("CELL_NUMBER")


def _header_line() -> bytes:
    return (";".join(column.name for column in COLUMNS) + "\r\n").encode("utf-8-sig")


def _workbook() -> bytes:
    with extra("Writing Excel files"):
        from openpyxl import Workbook
        from openpyxl.styles import Alignment, Font, PatternFill
        from openpyxl.utils import get_column_letter
        from openpyxl.worksheet.datavalidation import DataValidation
    book = Workbook()
    sheet, help_sheet = book.worksheets[0], book.create_sheet("Columns")
    sheet.title = "Consents"
    sheet.freeze_panes = "B2"
    help_sheet.append(["Column", "Needed", "What to write", "Choices"])
    for number, column in enumerate(COLUMNS, start=1):
        letter = get_column_letter(number)
        head = sheet.cell(1, number, column.name)
        head.font = Font(bold=True)
        if column.needed:
            head.fill = PatternFill("solid", fgColor="DDE7EE")
        # As text, so that Excel neither drops zeros in front of a key nor turns a date around.
        sheet.column_dimensions[letter].number_format = "@"
        sheet.column_dimensions[letter].width = max(14, len(column.name) + 2)
        if column.choices and not column.several:
            choice = DataValidation(type="list", formula1=f'"{",".join(column.choices)}"', allow_blank=True)
            choice.add(f"{letter}2:{letter}10001")
            sheet.add_data_validation(choice)
        choices = "; ".join(column.choices)
        help_sheet.append([column.name, "yes" if column.needed else "", column.says, choices])
    for letter, width in zip("ABCD", (18, 9, 70, 60), strict=True):
        help_sheet.column_dimensions[letter].width = width
    for row in help_sheet.iter_rows():
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            cell.font = Font(bold=cell.row == 1)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
