"""The order of the stages: the only place that knows it. One photo in, one Outcome out."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import chain
from threading import RLock
from typing import TYPE_CHECKING, Literal

import numpy as np
import simplejpeg

from . import detect, doubts, egress, ingest, mask, mirror
from .decision import Decision, Told
from .egress import fit, opacity, verify
from .errors import PhotoguardError, StoreError, UnwritablePhoto
from .features import Features, features
from .outcome import Found, MirrorVerdict, Outcome, Status, Verdict
from .photo import Box, Finding, Kind, Method, Photo, Pixels, Region
from .policy import LARGEST, Policy
from .reasons import REASONS

if TYPE_CHECKING:
    from .detect.background import BackgroundDetector
    from .detect.text import TextDetector

_THUMBNAIL_SIDE = 480
_BAND = 64
"""Rows that are compared at once."""
_COVERED = 0.5
"""Share of a finding's middle that must lie under masks for the second look to call it covered. Detectors see
masks too: a head in frosted glass, a sign in a grey rectangle, in a box that is not quite the first one."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A photo after all stages. `data` is there for `released` and `review` only."""

    outcome: Outcome
    data: bytes | None = field(default=None, repr=False)
    suffix: str = ""
    thumbnail: bytes | None = field(default=None, repr=False)
    """A small JPEG of the cleaned picture."""
    features: Features | None = field(default=None, repr=False)
    """Of half a pair: what it is laid on the other half by."""


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
    written: Photo
    """What is in it, as it was read again."""


_ONE_AT_A_TIME = RLock()
"""Not all nets may be shared between threads. Photos run side by side in processes; threads wait for each other."""


class Pipeline:
    """All stages under one policy. The models are loaded once per process, by the first.

    Detectors look at a photo on so many `threads` at once. May itself be used from several, which take turns.
    Raises ModelError where a model is missing or is not the one it should be.
    """

    def __init__(self, policy: Policy, threads: int = 1) -> None:
        self.policy = policy
        self._threads = threads
        if policy.searches:
            with _ONE_AT_A_TIME:
                _nets()

    def clean(
        self,
        load: Callable[[], tuple[bytes, Photo]],
        *,
        source: str,
        told: Told = Told(),  # noqa: B008 - frozen
    ) -> Cleaned:
        """Take one photo through all stages.

        `load` returns what the source's SHA-256 is taken over, and the Photo. `source` is its name, with forward
        slashes. What goes wrong becomes `failed`. Raises only StoreError, where `load` does: the photo is not to blame.
        """
        clock = _Clock()
        outcome = Outcome(source=source, status=Status.FAILED, consent=told.consent)
        if told.consent.decision == "block":
            blocked = {"status": Status.BLOCKED, "reasons": told.consent.codes}
            return Cleaned(outcome.model_copy(update=blocked))
        try:
            with clock.time("ingest"):
                data, photo = load()
                outcome = outcome.model_copy(
                    update={
                        "source_sha256": hashlib.sha256(data).hexdigest(),
                        "size": photo.size,
                        "camera": photo.facts.camera if photo.facts.located else None,
                        "decided_by": told.decision.by if told.decision else None,
                        "shown": told.decision.kinds_shown if told.decision else (),
                    }
                )
            if photo.full is not None:
                passed = self._passed_on(photo, outcome, clock)
                if passed is not None:
                    return passed
                photo = ingest.read(photo.source, self.policy.max_megapixels)
            with _ONE_AT_A_TIME:
                return self._clean(photo, outcome, told, clock)
        except StoreError:
            raise
        except PhotoguardError as error:
            code = error.code if error.code in REASONS else "INTERNAL_ERROR"
        except MemoryError:
            code = "MEMORY_LIMIT"
        except Exception:  # fail closed: whatever it was, this photo is not passed on
            code = "INTERNAL_ERROR"
        return Cleaned(outcome.model_copy(update={"reasons": (code,), "timings_ms": clock.milliseconds}))

    def look(self, photo: Photo, side: mirror.Side | None = None) -> Looked:
        """Detection and the mirror check alone. `side` is the side of the body that the photo is said to show."""
        side = side or mirror.declared("", photo.facts.side)
        with _ONE_AT_A_TIME:
            findings, _ = self._find(photo, Told())
            return Looked(photo, findings, mirror.check(photo, findings, _nets().reader.read, side))

    def _clean(self, photo: Photo, outcome: Outcome, told: Told, clock: _Clock) -> Cleaned:
        decision = told.decision or _UNDECIDED
        flip = decision.mirror == "flip"
        photo, told = _moved(photo, told, flip, decision.turn)
        findings: tuple[Finding, ...] = ()
        room: tuple[Finding, ...] = ()
        verdict = MirrorVerdict()
        if self.policy.searches:
            with clock.time("detect"):
                findings, room = self._find(photo, told)
            with clock.time("mirror"):
                verdict = self._verdict(photo, findings, outcome.source, told)
        if verdict.verdict is Verdict.MIRRORED and self.policy.mirrored == "flip":
            flip = True
            photo, told = _moved(photo, told, flip, 0)
            verdict = mirror.flipped(verdict, photo.size[0])
            with clock.time("detect"):
                findings, room = self._find(photo, told)
        drawn = self._drawn(decision)
        # Laying two halves on each other takes as much memory as two more pictures: done before there are drafts.
        in_one = doubts.of_pair(photo, told.paired, self.policy)
        draft = self._write(photo, findings + room + drawn, decision, clock)
        left = self._second_look(photo, draft, decision, clock)
        if left:
            # Masks change what a net sees around them; what shows up only now is masked as well, once.
            findings += left
            draft = self._write(photo, findings + room + drawn, decision, clock)
            if self._second_look(photo, draft, decision, clock):
                raise UnwritablePhoto("VERIFY_RESIDUE", REASONS["VERIFY_RESIDUE"].seen)
        keep = (*told.keep, *decision.keep)
        findings = self._open(findings + room, drawn, photo.size) + drawn
        reasons = (
            *(("MULTI_PAGE",) if photo.facts.frames > 1 else ()),
            *doubts.of_mirror(verdict, self.policy),
            *in_one,
            *doubts.of_face(findings, draft.regions, told.paired, self.policy),
            *doubts.of_masks(photo, findings, draft.regions, keep, self.policy),
            *doubts.of_use(photo, draft.regions, room, self.policy),
        )
        reasons = tuple(code for code in reasons if code not in decision.accepts)
        with clock.time("thumbnail"):
            thumbnail = _thumbnail(replace(photo, pixels=draft.pixels))
        points = None
        if told.paired and self.policy.searches:
            with clock.time("mirror"):
                points = features(photo)
        return Cleaned(
            outcome.model_copy(
                update={
                    "status": Status.REVIEW if reasons else Status.RELEASED,
                    "reasons": reasons,
                    "output_sha256": hashlib.sha256(draft.encoded.data).hexdigest(),
                    "size": photo.size,
                    "output_size": draft.written.size,
                    "findings": tuple(Found.of(finding) for finding in findings),
                    "mirror": verdict,
                    "flipped": flip,
                    "timings_ms": clock.milliseconds,
                }
            ),
            data=draft.encoded.data,
            suffix=draft.encoded.suffix,
            thumbnail=thumbnail,
            features=points,
        )

    def _passed_on(self, photo: Photo, outcome: Outcome, clock: _Clock) -> Cleaned | None:
        """A photo whose picture nobody looks at, in a new file; None where its picture can't stay as it is."""
        with clock.time("write"):
            encoded = egress.as_it_is(photo)
        most = LARGEST.get(self.policy.size)
        if encoded is None or (most is not None and not fit.fits(encoded, photo, most)):
            return None
        with clock.time("verify"):
            verify.prove_as_it_is(encoded, photo)
        with clock.time("thumbnail"):
            thumbnail = _thumbnail(replace(photo, full=None))
        digest = hashlib.sha256(encoded.data).hexdigest()
        known = {"status": Status.RELEASED, "output_sha256": digest, "timings_ms": clock.milliseconds}
        return Cleaned(outcome.model_copy(update=known), encoded.data, encoded.suffix, thumbnail)

    def _find(self, photo: Photo, told: Told) -> tuple[tuple[Finding, ...], tuple[Finding, ...]]:
        """What is found, and apart from it the room around the body where the policy wants it masked."""
        decision = told.decision or _UNDECIDED
        found = decision.less_shown(self._seen(lambda detector: detector.find(photo)))
        if self.policy.background == "keep":
            return tuple(finding for finding in found if finding.kind is not Kind.BACKGROUND), ()
        around = _nets().background.around(photo, found, (*told.keep, *decision.keep))
        room = (around.room,) if around.room and self.policy.background == "all" else ()
        return found + decision.less_shown(around.identifying), decision.less_shown(room)

    def _seen(self, look: Callable[[detect.Detector], Sequence[Finding]]) -> tuple[Finding, ...]:
        """What all detectors see, in their order."""
        if self._threads == 1:
            return tuple(chain.from_iterable(map(look, _nets().detectors)))
        from .detect.net import give_back

        with ThreadPoolExecutor(self._threads) as threads:
            found = tuple(chain.from_iterable(threads.map(look, _nets().detectors)))
        give_back()  # nets that are at work together keep more than there is room for beside drafts
        return found

    def _verdict(self, photo: Photo, findings: Sequence[Finding], source: str, told: Told) -> MirrorVerdict:
        said = told.decision.mirror if told.decision else None
        if said is not None:
            return mirror.judge((mirror.FLIPPED if said == "flip" else mirror.RIGHT,))
        return mirror.check(
            photo, findings, _nets().reader.read, mirror.declared(source, told.side or photo.facts.side)
        )

    def _drawn(self, decision: Decision) -> tuple[Finding, ...]:
        """A person's masks. What they want masked is, also where the policy leaves its kind visible."""
        drawn = (mask.finding() for mask in decision.masks)
        return tuple(
            replace(one, method=Method.BLUR)
            if one.method is None and self.policy.masking.method(one.kind) is Method.KEEP
            else one
            for one in drawn
        )

    def _open(
        self, findings: Sequence[Finding], drawn: Sequence[Finding], size: tuple[int, int]
    ) -> tuple[Finding, ...]:
        """The findings less those that the detector was not sure of and a person has drawn a mask over."""
        over = mask.plan(drawn, self.policy.masking, size, (1, 1))
        return tuple(one for one in findings if one.sure or self._hidden(one, over, size) < _COVERED)

    def _write(self, photo: Photo, findings: Sequence[Finding], decision: Decision, clock: _Clock) -> _Draft:
        with clock.time("mask"):
            regions = doubts.plan(photo, findings, self.policy)
            seen, _ = opacity.settle(
                photo, photo.pixels, ()
            )  # what alpha hides has no say in a mask's colour
            pixels = mask.apply(seen, regions) if regions else photo.pixels
        hides_text = self.policy.masking.method(Kind.TEXT) is not Method.KEEP
        text_hidden = hides_text and Kind.TEXT not in decision.kinds_shown
        with clock.time("write"):
            encoded = egress.write(photo, pixels, regions, text_hidden=text_hidden)
        with clock.time("verify"):
            written = replace(photo, pixels=verify.prove(encoded, photo, pixels, regions))
        most = LARGEST.get(self.policy.size)
        if most is not None and not fit.fits(encoded, photo, most):
            with clock.time("write"):
                small = fit.shrunk(written, most)
                encoded = fit.encode(small, most)
            with clock.time("verify"):
                written = replace(small, pixels=verify.prove(encoded, small, small.pixels, ()))
        return _Draft(pixels, regions, encoded, written)

    def _second_look(
        self, photo: Photo, draft: _Draft, decision: Decision, clock: _Clock
    ) -> tuple[Finding, ...]:
        """Look at the written file for anything identifying outside its masks."""
        with clock.time("verify"):
            if not self.policy.searches or _same(draft.written.pixels, photo.pixels):
                return ()  # the very pixels the detectors have just seen, or none that they should
            scale = max(photo.size) / max(draft.written.size)
            seen = self._seen(lambda detector: detector.glance(draft.written))
            return tuple(
                finding
                for finding in decision.less_shown(one.scaled(scale, photo.size) for one in seen)
                if self.policy.masking.method(finding.kind) is not Method.KEEP
                and self._hidden(finding, draft.regions, photo.size) < _COVERED
            )

    @staticmethod
    def _hidden(finding: Finding, regions: Sequence[Region], size: tuple[int, int]) -> float:
        """How much of a finding lies under masks: of its shape where it has one, else of its box's middle."""
        if finding.outline:
            return mask.hides(regions, finding, size)
        return mask.covers(regions, _middle(finding.box))


def _moved(photo: Photo, told: Told, flip: bool, turn: Literal[0, 90, 180, 270]) -> tuple[Photo, Told]:
    """The photo flipped and turned, and with it the areas that the manifest says are the clinical finding."""
    keep = tuple(ingest.reoriented_box(box, photo.size, flip=flip, turn=turn) for box in told.keep)
    return ingest.reoriented(photo, flip=flip, turn=turn), replace(told, keep=keep)


_UNDECIDED = Decision(by="-", note="-")


@dataclass(frozen=True, slots=True)
class _Nets:
    """All detectors, and those of them that are asked for more than what they find."""

    detectors: tuple[detect.Detector, ...]
    reader: TextDetector
    background: BackgroundDetector


@lru_cache(maxsize=1)
def _detectors() -> tuple[detect.Detector, ...]:
    return detect.load()


def _nets() -> _Nets:
    from .detect.background import BackgroundDetector  # late: a run that looks for nothing needs no nets
    from .detect.text import TextDetector

    loaded = _detectors()
    return _Nets(
        loaded,
        next(one for one in loaded if isinstance(one, TextDetector)),
        next(one for one in loaded if isinstance(one, BackgroundDetector)),
    )


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


def _same(one: Pixels, other: Pixels) -> bool:
    """Whether two pictures of one size are equal. Band by band: where they are not, that is soon seen."""
    tops = range(0, len(one), _BAND)
    return all(np.array_equal(one[top : top + _BAND], other[top : top + _BAND]) for top in tops)


def _middle(box: Box) -> Box:
    """The middle half of a box in each direction."""
    x0, y0, x1, y1 = box
    return x0 + (x1 - x0) // 4, y0 + (y1 - y0) // 4, x1 - (x1 - x0) // 4, y1 - (y1 - y0) // 4


def _thumbnail(cleaned: Photo) -> bytes:
    small = cleaned.scaled(min(1.0, _THUMBNAIL_SIDE / max(cleaned.size)))
    return bytes(simplejpeg.encode_jpeg(np.ascontiguousarray(small), quality=82, colorspace="RGB"))


def read(data: bytes, policy: Policy, told: Told = Told()) -> tuple[bytes, Photo]:  # noqa: B008 - frozen
    """The bytes and the Photo in them, as `Pipeline.clean` loads it. Raises UnreadablePhoto.

    Where nothing is looked for in it and no person has decided on it, its pixels may be a small copy.
    """
    small = None
    if not policy.searches and told.decision is None:
        small = ingest.read_small(data, policy.max_megapixels)
    return data, small or ingest.read(data, policy.max_megapixels)
