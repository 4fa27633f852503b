"""The order of the stages: the only place that knows it. One photo in, one Outcome out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np
import simplejpeg

from . import detect, egress, ingest, mask, mirror
from .detect.background import BackgroundDetector
from .detect.text import TextDetector
from .egress import verify
from .errors import PhotoguardError, UnwritablePhoto
from .outcome import ConsentDecision, Found, MirrorVerdict, Outcome, Status, Verdict
from .photo import Box, Finding, Kind, Method, Photo, Pixels, Region
from .policy import Policy
from .reasons import REASONS

_THUMBNAIL_SIDE = 480
_COVERED = 0.5
"""Share of a finding's middle that must lie under masks for the second look to call it covered. Detectors see
masks too: a head in frosted glass, a sign in a grey rectangle, in a box that is not quite the first one."""
_DOUBTED = (Kind.TATTOO, Kind.BACKGROUND)
"""Kinds of finding that a person looks at where the detector is not sure. Any other kind is masked all the same."""
_NEAR = 0.01
"""A tattoo this near a keep area touches it, as a share of the photo's longer side: neither has a sharp edge."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A photo after all stages. `data` is there for `released` and `review` only."""

    outcome: Outcome
    data: bytes | None = field(default=None, repr=False)
    suffix: str = ""
    thumbnail: bytes | None = field(default=None, repr=False)
    """A small JPEG of the cleaned picture."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What detection and the mirror check saw in a photo."""

    photo: Photo
    findings: tuple[Finding, ...]
    mirror: MirrorVerdict


@dataclass(frozen=True, slots=True)
class _Draft:
    pixels: Pixels
    regions: tuple[Region, ...]
    encoded: egress.Encoded


class Pipeline:
    """All stages under one policy. The models are loaded once per process, by the first.

    Raises ModelError where a model is missing or is not the one it should be.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._detectors = _detectors()
        self._reader = next(d for d in self._detectors if isinstance(d, TextDetector))
        self._background = next(d for d in self._detectors if isinstance(d, BackgroundDetector))

    def clean(
        self,
        load: Callable[[], tuple[bytes, Photo]],
        *,
        source: str,
        keep: Sequence[Box] = (),
        consent: ConsentDecision = ConsentDecision(),  # noqa: B008 - frozen
    ) -> Cleaned:
        """Take one photo through all stages.

        `load` returns what the source's SHA-256 is taken over, and the Photo. `keep` are areas in upright
        pixels that a person marked as the clinical finding. Never raises: what goes wrong becomes `failed`.
        """
        clock = _Clock()
        outcome = Outcome(source=source, status=Status.FAILED, consent=consent)
        if consent.decision == "block":
            return Cleaned(outcome.model_copy(update={"status": Status.BLOCKED, "reasons": consent.codes}))
        try:
            with clock.time("ingest"):
                data, photo = load()
                outcome = outcome.model_copy(
                    update={"source_sha256": hashlib.sha256(data).hexdigest(), "size": photo.size}
                )
            return self._clean(photo, outcome, keep, clock)
        except PhotoguardError as error:
            code = error.code if error.code in REASONS else "INTERNAL_ERROR"
        except MemoryError:
            code = "TOO_LARGE"
        except Exception:  # fail closed: whatever it was, this photo is not passed on
            code = "INTERNAL_ERROR"
        return Cleaned(outcome.model_copy(update={"reasons": (code,), "timings_ms": clock.milliseconds}))

    def look(self, photo: Photo) -> Looked:
        """Detection and the mirror check alone."""
        findings, _ = self._find(photo, ())
        return Looked(photo, findings, mirror.check(photo, findings, self._reader.read))

    def _clean(self, photo: Photo, outcome: Outcome, keep: Sequence[Box], clock: _Clock) -> Cleaned:
        with clock.time("detect"):
            findings, room = self._find(photo, keep)
        with clock.time("mirror"):
            verdict = mirror.check(photo, findings, self._reader.read)
        draft = self._write(photo, findings + room, clock)
        left = self._second_look(photo, draft, clock)
        if left:
            # Masks change what a net sees around them; what shows up only now is masked as well, once.
            findings += left
            draft = self._write(photo, findings + room, clock)
            if self._second_look(photo, draft, clock):
                raise UnwritablePhoto("VERIFY_RESIDUE", REASONS["VERIFY_RESIDUE"].seen)
        findings += room
        doubts = {
            "MULTI_PAGE": photo.facts.frames > 1,
            "MIRRORED": verdict.verdict is Verdict.MIRRORED and self.policy.mirrored == "review",
            "MIRROR_SUSPECTED": verdict.verdict is Verdict.SUSPECTED and self.policy.mirrored == "review",
            **self._doubts(photo, findings, draft.regions, keep),
            "MASKS_COVER_MOST": self._share_masked(photo, draft.regions, room) > self.policy.most_masked,
        }
        reasons = tuple(code for code, holds in doubts.items() if holds)
        with clock.time("thumbnail"):
            thumbnail = _thumbnail(replace(photo, pixels=draft.pixels))
        return Cleaned(
            outcome.model_copy(
                update={
                    "status": Status.REVIEW if reasons else Status.RELEASED,
                    "reasons": reasons,
                    "output_sha256": hashlib.sha256(draft.encoded.data).hexdigest(),
                    "findings": tuple(Found.of(finding) for finding in findings),
                    "mirror": verdict,
                    "timings_ms": clock.milliseconds,
                }
            ),
            data=draft.encoded.data,
            suffix=draft.encoded.suffix,
            thumbnail=thumbnail,
        )

    def _find(self, photo: Photo, keep: Sequence[Box]) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What is found, and apart from it the room around the body where the policy wants it masked."""
        found = tuple(finding for detector in self._detectors for finding in detector.find(photo))
        if self.policy.background == "keep":
            return tuple(finding for finding in found if finding.kind is not Kind.BACKGROUND), ()
        around = self._background.around(photo, found, keep)
        found += around.identifying
        return found, (around.room,) if around.room and self.policy.background == "all" else ()

    def _write(self, photo: Photo, findings: Sequence[Finding], clock: _Clock) -> _Draft:
        with clock.time("mask"):
            regions = self._regions(photo, findings)
            pixels = mask.apply(photo.pixels, regions) if regions else photo.pixels
        with clock.time("write"):
            return _Draft(pixels, regions, egress.write(photo, pixels, regions))

    def _regions(self, photo: Photo, findings: Sequence[Finding]) -> tuple[Region, ...]:
        masked = [finding for finding in findings if finding.sure or finding.kind not in _DOUBTED]
        return mask.plan(masked, self.policy.masking, photo.size, photo.block)

    def _second_look(self, photo: Photo, draft: _Draft, clock: _Clock) -> tuple[Finding, ...]:
        """Prove the written file, then look for anything identifying outside its masks."""
        with clock.time("verify"):
            written = verify.prove(draft.encoded, photo, draft.pixels, draft.regions)
            if np.array_equal(written, photo.pixels):
                return ()  # the very pixels the detectors have just seen
            again = replace(photo, pixels=written)
            return tuple(
                finding
                for detector in self._detectors
                for finding in detector.glance(again)
                if self.policy.masking.method(finding.kind) is not Method.KEEP
                and self._hidden(finding, draft.regions, photo.size) < _COVERED
            )

    @staticmethod
    def _hidden(finding: Finding, regions: Sequence[Region], size: tuple[int, int]) -> float:
        """How much of a finding lies under masks: of its shape where it has one, else of its box's middle."""
        if finding.outline:
            return mask.hides(regions, finding, size)
        return mask.covers(regions, _middle(finding.box))

    def _doubts(
        self, photo: Photo, findings: Sequence[Finding], regions: Sequence[Region], keep: Sequence[Box]
    ) -> dict[str, bool]:
        """Whether masks come too near to the clinical finding, or detectors were not sure, by code."""
        asked = [
            finding
            for finding in findings
            if not finding.sure and self.policy.masking.method(finding.kind) is not Method.KEEP
        ]
        # Whether it is a tattoo or the clinical finding has been said by marking it.
        doubted = [
            finding.box
            for finding in asked
            if finding.kind is Kind.TATTOO and not any(_holds(box, finding.box) for box in keep)
        ]
        near = round(_NEAR * max(photo.size))
        tattoos = self._regions(photo, [finding for finding in findings if finding.kind is Kind.TATTOO])

        def inked(box: Box) -> bool:
            return mask.touches(tattoos, [(box[0] - near, box[1] - near, box[2] + near, box[3] + near)])

        return {
            "KEEP_TOUCHED": mask.touches(regions, keep),
            "TATTOO_NEAR_FINDING": any(map(inked, (*keep, *doubted))),
            "TATTOO_UNSURE": not all(map(inked, doubted)),
            "BACKGROUND_UNSURE": any(finding.kind is Kind.BACKGROUND for finding in asked),
        }

    def _share_masked(self, photo: Photo, regions: Sequence[Region], room: Sequence[Finding]) -> float:
        """Share under masks of what could hold the clinical finding: the picture, less the room around the body."""
        outside = mask.covered_share(self._regions(photo, room), photo.size)
        shown = 1 - mask.covered_share(regions, photo.size)
        return 1 - shown / (1 - outside) if outside < 1 else 1.0


@lru_cache(maxsize=1)
def _detectors() -> tuple[detect.Detector, ...]:
    return detect.load()


class _Clock:
    """Milliseconds per stage; a stage that runs twice adds up."""

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}

    @contextmanager
    def time(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            spent = (time.perf_counter() - start) * 1000
            self.milliseconds[stage] = round(self.milliseconds.get(stage, 0) + spent, 1)


def _holds(outer: Box, inner: Box) -> bool:
    """The middle of a box lies in another one."""
    x, y = (inner[0] + inner[2]) / 2, (inner[1] + inner[3]) / 2
    return outer[0] <= x < outer[2] and outer[1] <= y < outer[3]


def _middle(box: Box) -> Box:
    """The middle half of a box in each direction."""
    x0, y0, x1, y1 = box
    return x0 + (x1 - x0) // 4, y0 + (y1 - y0) // 4, x1 - (x1 - x0) // 4, y1 - (y1 - y0) // 4


def _thumbnail(cleaned: Photo) -> bytes:
    small = cleaned.scaled(min(1.0, _THUMBNAIL_SIDE / max(cleaned.size)))
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(small), quality=82, colorspace="RGB"))


def read(data: bytes, policy: Policy) -> tuple[bytes, Photo]:
    """The bytes and the Photo in them, as `Pipeline.clean` loads it. Raises UnreadablePhoto."""
    return data, ingest.read(data, policy.max_megapixels)
