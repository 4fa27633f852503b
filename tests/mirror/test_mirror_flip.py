from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from photoguard import egress, ingest
from photoguard.audit import AuditLog
from photoguard.home import Home
from photoguard.mirror.decision import EVENT, Decision, details, remembered, settle
from photoguard.mirror.flip import flipped
from photoguard.mirror.rule import judge
from photoguard.outcome import MirrorCue, MirrorVerdict, Verdict
from photoguard.photo import CaptureFacts, Container, Photo


def jpeg(orientation: int) -> bytes:
    written = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(data.chelsea()[:288, :448]).save(
        written, "JPEG", quality=90, exif=exif, subsampling="4:2:0"
    )
    return written.getvalue()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_is_flipped_back_and_its_jpeg_loses_nothing(orientation: int) -> None:
    photo = ingest.read(jpeg(orientation))
    back = flipped(photo)
    assert np.array_equal(back.pixels, photo.pixels[:, ::-1])
    written = egress.write(back, back.pixels, ()).data
    again = ingest.read(written)
    assert again.facts.orientation == 1
    # Coefficients moved, not coded anew: decoding differs by rounding only, where colours were enlarged.
    assert np.abs(again.pixels.astype(int) - back.pixels).max() <= 16
    assert np.abs(again.pixels.astype(int) - back.pixels).mean() < 0.6
    assert np.array_equal(flipped(again).pixels, again.pixels[:, ::-1])


@pytest.mark.parametrize("orientation", range(1, 9))
def test_flipping_twice_changes_nothing(orientation: int) -> None:
    alpha = np.arange(20 * 30, dtype=np.uint8).reshape(20, 30)
    facts = CaptureFacts((30, 20), orientation=orientation)
    photo = Photo(np.zeros((20, 30, 3), np.uint8), Container.PNG, facts, alpha=alpha)
    once, twice = flipped(photo), flipped(flipped(photo))
    assert once.alpha is not None and np.array_equal(once.alpha, alpha[:, ::-1])
    assert twice.facts == facts
    assert twice.alpha is not None and np.array_equal(twice.alpha, alpha)
    assert not once.pixels.flags.writeable
    assert replace(twice, alpha=None).size == (30, 20)


def verdict(*said: tuple[str, str]) -> MirrorVerdict:
    return judge(
        [
            MirrorCue.model_validate({"name": "x", "strength": strength, "says": says, "detail": "."})
            for strength, says in said
        ]
    )


@pytest.mark.parametrize(
    "seen", [verdict(), verdict(("decisive", "mirrored")), verdict(("decisive", "not_mirrored"))]
)
def test_a_persons_word_counts_for_more_than_any_cue(seen: MirrorVerdict) -> None:
    assert settle(seen, None) == seen
    assert settle(seen, Decision.AS_IT_IS).verdict is Verdict.NOT_MIRRORED
    assert settle(seen, Decision.FLIP).verdict is Verdict.MIRRORED
    assert settle(seen, Decision.FLIP).cues[:-1] == seen.cues


def test_a_decision_is_remembered_in_the_audit_log_and_the_last_one_counts(tmp_path: Path) -> None:
    log = AuditLog(Home.at(tmp_path))
    one, two = (hashlib.sha256(name).hexdigest() for name in (b"one", b"two"))
    log.append("run_started", {"channel": "website"})
    for photo, decision in ((one, Decision.FLIP), (two, Decision.AS_IT_IS), (one, Decision.AS_IT_IS)):
        log.append(EVENT, details(photo, decision))
    known = remembered((entry.event, entry.details) for entry in log.entries())
    assert known == {one: Decision.AS_IT_IS, two: Decision.AS_IT_IS}
