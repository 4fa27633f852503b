"""The report people see: report.html for them, report.json for programs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from ..errors import StorageError
from ..outcome import RunReport
from ..whole import whole_file
from .page import render

__all__ = ["json_schema", "write"]


def write(report: RunReport, out: Path, thumbnails: Mapping[str, bytes]) -> None:
    """Write `out`/report.json and `out`/report.html, both readable by their owner only.

    `thumbnails` maps `Outcome.source` to a small JPEG of the cleaned picture. Only released photos and
    photos for review show one; any other entry is ignored, so that a held photo leaves no picture.
    Each file appears whole or not at all, and neither where the other can't be written.

    Raises StorageError (REPORT_UNWRITABLE).
    """
    try:
        with whole_file(out / "report.json") as data, whole_file(out / "report.html") as page:
            data.write(f"{report.model_dump_json(by_alias=True, indent=2)}\n".encode())
            page.writelines(part.encode() for part in render(report, thumbnails))
    except OSError:
        raise StorageError(
            "REPORT_UNWRITABLE",
            "The report can't be written. Make room in the output folder, then run again.",
        ) from None


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of report.json."""
    schema = RunReport.model_json_schema(by_alias=True, mode="serialization", schema_generator=_AsWritten)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class _AsWritten(GenerateJsonSchema):
    """Every field is written, also where it has its default value; so a reader may count on each."""

    def field_is_required(self, *_: object, **__: object) -> bool:
        return True
