"""The report people see: report.html for them, report.json for programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from ..errors import StorageError
from ..outcome import RunReport
from ..store import Place, Stored
from ..whole import whole_file
from .page import render

__all__ = ["as_json", "json_schema", "write"]


def write(report: RunReport, out: Place, thumbnails: Mapping[str, bytes]) -> None:
    """Write `out`/report.json and `out`/report.html; on a drive both are readable by their owner only.

    `thumbnails` maps `Outcome.source` to a small JPEG of the cleaned picture. Only released photos and
    photos for review show one; any other entry is ignored, so that a held photo leaves no picture.
    Each file appears whole or not at all, and neither where the other can't be written.

    Raises StorageError (REPORT_UNWRITABLE), StoreError.
    """
    data = (part.encode() for part in as_json(report))
    page = (part.encode() for part in render(report, thumbnails))
    try:
        if isinstance(out, Stored):
            _put(out, {"report.json": b"".join(data), "report.html": b"".join(page)})
            return
        with whole_file(out / "report.json") as data_file, whole_file(out / "report.html") as page_file:
            data_file.writelines(data)
            page_file.writelines(page)
    except OSError:
        raise StorageError(
            "REPORT_UNWRITABLE",
            "The report can't be written. Make room in the output folder, then run again.",
        ) from None


def as_json(report: RunReport) -> Iterator[str]:
    """report.json in pieces, so that the text of thousands of photos is never in memory as a whole."""
    around = report.model_copy(update={"photos": ()}).model_dump_json(by_alias=True, indent=2)
    before, photos, after = around.partition('\n  "photos": [')  # in a sentence there is no line break
    yield before + photos
    for place, photo in enumerate(report.photos):
        told = photo.model_dump_json(by_alias=True, indent=2)
        yield f"{',' if place else ''}\n{told}".replace("\n", "\n    ")
    yield ("\n  " if report.photos else "") + after + "\n"


def _put(out: Stored, files: Mapping[str, bytes]) -> None:
    drafts = {name: out / f".{name}.part" for name in files}
    for name, draft in drafts.items():
        draft.write_bytes(files[name])
    for name, draft in drafts.items():
        draft.replace(out / name)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of report.json."""
    schema = RunReport.model_json_schema(by_alias=True, mode="serialization", schema_generator=_AsWritten)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


class _AsWritten(GenerateJsonSchema):
    """Every field is written, also where it has its default value; so a reader may count on each."""

    def field_is_required(self, *_: object, **__: object) -> bool:
        return True
