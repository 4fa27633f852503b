"""The whole line, from a file to a file: nothing that was planted may come through."""

from __future__ import annotations

import numpy as np

from photoguard import clean, doubts, egress, ingest, jpegfile, mask
from photoguard.decision import Decision
from photoguard.egress import dicom, verify
from photoguard.photo import Container, Finding, Kind, Photo
from photoguard.policy import Policy

from . import planted
from .harness import Leak

_POLICY = Policy.for_channel("internal").model_copy(update={"max_megapixels": 1.0})
_SEEN = Decision(by="the harness", note="mirrored or not, it goes on", mirror="as_it_is")


def without_detectors(data: bytes) -> None:
    """Read, write and prove as the pipeline does, once as it is and once with a part masked."""
    photo = ingest.read(data, _POLICY.max_megapixels)
    width, height = photo.size
    middle = Finding(Kind.DRAWN, (width // 4, height // 4, width // 2 + 1, height // 2 + 1), 1.0, "person")
    for findings in ((), (middle,)):
        regions = doubts.plan(photo, findings, _POLICY)
        pixels = mask.apply(photo.pixels, regions) if regions else photo.pixels
        written = egress.write(photo, pixels, regions, text_hidden=True)
        verify.prove(written, photo, pixels, regions)
        judge(written.data, photo)


def with_detectors(data: bytes) -> None:
    """`photoguard.clean`, as it is called."""
    cleaned = clean(data, policy=_POLICY, decision=_SEEN)
    if "INTERNAL_ERROR" in cleaned.outcome.reasons:
        raise RuntimeError(
            "an error that is not ours, in " + (list(cleaned.outcome.timings_ms) or ["ingest"])[-1]
        )
    if cleaned.data is not None:
        judge(cleaned.data, ingest.read(data, _POLICY.max_megapixels))


def judge(written: bytes, source: Photo) -> None:
    """Raises Leak where an output tells anything besides its picture."""
    # A file that was changed may show a mark as its pixels: what is seen is for detectors and for people.
    shown = source.pixels if source.alpha is None else source.pixels[source.alpha > 0]
    pictures = [shown.tobytes(), shown[..., 0].tobytes(), *_own_coding(written, source)]
    if marks := planted.left(written) - set[str]().union(*map(planted.left, pictures)):
        raise Leak(", ".join(sorted(marks)))
    facts = ingest.read(written).facts
    if (
        facts.extra_images
        or facts.trailer_bytes
        or facts.damaged_metadata
        or facts.frames > 1
        or facts.thumbnail
    ):
        raise Leak("a further picture, a trailer or damage")
    told = [
        one.where
        for one in facts.disclosures
        if not (source.container is Container.DICOM and one.where == "DICOM")
    ]
    # How CMYK and RGB are coded, no program can tell without Adobe's mark.
    if set(told) - {"Adobe"}:
        raise Leak("told: " + ", ".join(sorted(set(told))))


def _own_coding(written: bytes, source: Photo) -> list[bytes]:
    """What a JPEG has to keep of its picture's coding: the tables by which it was quantized, and coefficients.

    Those count where they were coded anew: a scan that was copied could hold more than they are.
    """
    coded = dicom.coded(written) if source.container is Container.DICOM else written
    if coded is None or not coded.startswith(b"\xff\xd8"):
        return []
    picture = jpegfile.parse(coded)
    scans = [bytes(one.entropy) for one in picture.segments]
    tables = [table.ravel()[jpegfile.ZIGZAG].astype(">u2").tobytes() for table in picture.tables]
    narrow = [table[1::2] for table in tables]
    return [*tables, *narrow, *(scan for scan in scans if scan not in source.source)]


def decision(data: bytes) -> None:
    """What a person has said of a photo, however odd the areas that are drawn."""
    try:
        said = Decision.model_validate_json(data)
    except ValueError:
        return
    photo = ingest.from_pixels(np.full((24, 40, 3), 90, np.uint8))
    for box in said.keep:
        ingest.reoriented_box(box, photo.size, flip=said.mirror == "flip", turn=said.turn)
    drawn = [one.finding() for one in said.masks]
    regions = doubts.plan(photo, said.less_shown(drawn), _POLICY)
    doubts.of_masks(photo, drawn, regions, said.keep, _POLICY)
    pixels = mask.apply(photo.pixels, regions) if regions else photo.pixels
    verify.prove(egress.write(photo, pixels, regions), photo, pixels, regions)
