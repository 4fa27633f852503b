"""A person decides about a photo, and the same run carries it out."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import piexif
import pytest
from conftest_photos import save_photo, with_consent
from PIL import Image
from skimage import data

import photoguard
from photoguard.audit import AuditLog
from photoguard.batch.decisions import EVENT, Decisions
from photoguard.batch.files import sha256_of
from photoguard.consent.registry import Registry
from photoguard.decision import Decision, DrawnMask, Shown
from photoguard.errors import StorageError, UsageError
from photoguard.home import Home
from photoguard.ingest import read
from photoguard.outcome import Outcome, RunReport
from photoguard.photo import Kind

TAGGED = Path(__file__).parents[2] / "sample_images" / "mirrored" / "tag_2.jpg"
POLICY = photoguard.Policy(background="keep")
Run = Callable[[], RunReport]


def said(**what: object) -> Decision:
    return Decision.model_validate({"by": "Dr. Aebi", "note": "looked at it", **what})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_photo(tmp_path / "photos" / "one.jpg", 1)
    shutil.copy(TAGGED, tmp_path / "photos" / "tagged.jpg")
    return tmp_path / "photos"


@pytest.fixture
def clean(tmp_path: Path, folder: Path, workers: Executor) -> Run:
    def run() -> RunReport:
        return photoguard.clean_folder(
            folder, tmp_path / "out", executor=workers, home=tmp_path / "home", policy=POLICY
        )

    return run


def by_source(report: RunReport) -> dict[str, Outcome]:
    return {photo.source: photo for photo in report.photos}


def test_a_decision_is_carried_out_by_the_same_run_and_only_on_its_photo(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    first = by_source(clean())
    assert (first["one.jpg"].status, first["tagged.jpg"].reasons) == ("released", ("MIRROR_SUSPECTED",))
    photoguard.decide(folder / "tagged.jpg", said(mirror="as_it_is"), home=tmp_path / "home")
    second = by_source(clean())
    assert second["one.jpg"] == first["one.jpg"]
    assert (second["tagged.jpg"].status, second["tagged.jpg"].decided_by) == ("released", "Dr. Aebi")
    assert not list((tmp_path / "out" / "review").iterdir())
    assert by_source(clean()) == second


def test_a_photo_is_flipped_without_loss_and_masked_as_drawn(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    mask = DrawnMask(box=(0, 0, 32, 32))
    photoguard.decide(folder / "tagged.jpg", said(mirror="flip", masks=(mask,)), home=tmp_path / "home")
    outcome = by_source(clean())["tagged.jpg"]
    assert outcome.status == "released" and outcome.flipped and outcome.output is not None
    written = read((tmp_path / "out" / outcome.output).read_bytes()).pixels
    wanted = read((folder / "tagged.jpg").read_bytes()).pixels[:, ::-1]
    assert np.abs(written[48:].astype(int) - wanted[48:]).mean() < 0.5
    assert np.abs(written[:32, :32].astype(int) - wanted[:32, :32]).mean() > 2


def test_every_released_file_has_a_signed_manifest(tmp_path: Path, clean: Run) -> None:
    outcomes = by_source(clean())
    registry = Registry(Home.at(tmp_path / "home"))
    (manifest,) = registry.derivations(outcomes["one.jpg"].output_sha256 or "")
    assert manifest.sources == (outcomes["one.jpg"].source_sha256,)
    assert registry.derivations(outcomes["tagged.jpg"].output_sha256 or "") == ()


def test_the_last_decision_counts_as_a_whole(tmp_path: Path, folder: Path, clean: Run) -> None:
    home = tmp_path / "home"
    photoguard.decide(folder / "tagged.jpg", said(accepts=("MIRROR_SUSPECTED",)), home=home)
    assert by_source(clean())["tagged.jpg"].status == "released"
    photoguard.decide(folder / "tagged.jpg", said(masks=(DrawnMask(box=(0, 0, 9, 9)),)), home=home)
    assert by_source(clean())["tagged.jpg"].reasons == ("MIRROR_SUSPECTED",)
    assert photoguard.decided(folder / "tagged.jpg", home=home) == said(masks=(DrawnMask(box=(0, 0, 9, 9)),))


def test_a_decision_counts_for_the_very_bytes_that_it_was_made_about(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    photoguard.decide(folder / "tagged.jpg", said(mirror="as_it_is"), home=tmp_path / "home")
    with Image.open(folder / "tagged.jpg") as photo:
        photo.save(folder / "tagged.jpg", exif=photo.getexif())
    assert by_source(clean())["tagged.jpg"].status == "review"
    assert photoguard.decided(folder / "tagged.jpg", home=tmp_path / "home") is None


def test_a_decision_is_in_the_audit_log_without_name_note_or_path(tmp_path: Path, folder: Path) -> None:
    home = Home.at(tmp_path / "home")
    decision = said(
        mirror="flip", accepts=("BACKGROUND_UNSURE",), shown=(Shown(kind=Kind.FACE, box=(0, 0, 9, 9)),)
    )
    Decisions(home).take(folder / "one.jpg", decision)
    entry = list(AuditLog(home).entries())[-1]
    assert entry.event == EVENT
    assert "BACKGROUND_UNSURE" in entry.details
    assert not any(word in entry.details for word in ("Aebi", "looked", "one.jpg", decision.digest()))


def test_a_release_is_led_back_to_the_decision_it_stands_on(tmp_path: Path, folder: Path, clean: Run) -> None:
    home = tmp_path / "home"
    decision = said(mirror="as_it_is")
    photoguard.decide(folder / "tagged.jpg", decision, home=home)
    photoguard.decide(folder / "one.jpg", said(by="Dr. B", turn=90), home=home)
    outcomes = by_source(clean())
    told = [(entry.event, json.loads(entry.details)) for entry in AuditLog(Home.at(home)).entries()]
    decided = {one["source_sha256"]: one for event, one in told if event == EVENT}
    photos = {one["source_sha256"]: one for event, one in told if event == "photo"}
    for photo in outcomes.values():
        one = photos[photo.source_sha256]
        assert one["by"] == decided[photo.source_sha256]["by"]
    assert len({one["by"] for one in photos.values()}) == 2
    assert "Aebi" not in str(told)


def test_a_decision_that_was_put_in_from_outside_is_not_carried_out(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    home = tmp_path / "home"
    photoguard.decide(folder / "tagged.jpg", said(masks=(DrawnMask(box=(0, 0, 9, 9)),)), home=home)
    with closing(sqlite3.connect(home / "decisions.sqlite")) as database, database:
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            database.execute(f"DROP TRIGGER {trigger[0]}")
        released = said(accepts=("MIRROR_SUSPECTED",)).model_dump_json()
        database.execute("UPDATE decision SET decision = ?", [released])
    with pytest.raises(StorageError) as damaged:
        clean()
    assert damaged.value.code == "DECISIONS_DAMAGED"
    assert not (tmp_path / "out" / "report.json").exists()


def test_a_face_that_a_person_shows_counts_as_a_face_that_is_shown(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    for name in ("knee before.jpg", "knee after.jpg"):
        save_photo(folder / name, len(name))
    with_consent(tmp_path / "home", folder, "knee before.jpg", "knee after.jpg")
    assert by_source(clean())["knee after.jpg"].status == "released"
    knee = said(shown=(Shown(kind=Kind.TATTOO, box=(0, 0, 9, 9)),))
    photoguard.decide(folder / "knee after.jpg", knee, home=tmp_path / "home")
    assert by_source(clean())["knee after.jpg"].status == "released"
    face = said(shown=(Shown(kind=Kind.FACE, box=(0, 0, 9, 9)),))
    photoguard.decide(folder / "knee after.jpg", face, home=tmp_path / "home")
    outcomes = by_source(clean())
    assert {outcomes[name].status for name in ("knee before.jpg", "knee after.jpg")} == {"blocked"}


def test_a_photo_that_changed_while_it_was_cleaned_is_done_again(
    tmp_path: Path, folder: Path, workers: Executor
) -> None:
    """The stamp that saves reading an original twice is taken before the photo is read."""

    class Changing(Executor):
        """The photo is replaced after the worker has read it, and before its result is taken."""

        def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Any:
            future = workers.submit(fn, *args, **kwargs)
            future.result()
            save_photo(folder / "one.jpg", 9)
            return future

    def run(executor: Executor) -> Outcome:
        report = photoguard.clean_folder(
            folder, tmp_path / "out", executor=executor, home=tmp_path / "home", policy=POLICY
        )
        return by_source(report)["one.jpg"]

    (folder / "tagged.jpg").unlink()
    first, second = run(Changing()), run(workers)
    assert first.source_sha256 != second.source_sha256 == sha256_of(folder / "one.jpg")


@pytest.mark.parametrize("code", ["PAIR_HALF_HELD", "EXPIRED", "FILE_DAMAGED", "NOTHING"])
def test_what_is_not_a_persons_to_accept_is_refused(tmp_path: Path, folder: Path, code: str) -> None:
    with pytest.raises(UsageError) as refused:
        photoguard.decide(folder / "one.jpg", said(accepts=(code,)), home=tmp_path / "home")
    assert refused.value.code == "DECISION_CODE"
    assert photoguard.decided(folder / "one.jpg", home=tmp_path / "home") is None


def test_what_is_blocked_stays_blocked_whatever_a_person_says(
    tmp_path: Path, folder: Path, clean: Run
) -> None:
    for name in ("knee before.jpg", "knee after.jpg"):
        save_photo(folder / name, len(name))
        photoguard.decide(folder / name, said(mirror="as_it_is"), home=tmp_path / "home")
    outcomes = by_source(clean())
    assert {outcomes[name].status for name in ("knee before.jpg", "knee after.jpg")} == {"blocked"}


def test_photos_that_a_cue_proves_to_be_mirrored_are_flipped_back_where_the_policy_says_so(
    tmp_path: Path, workers: Executor
) -> None:
    photo = tmp_path / "photos" / "mirrored.jpg"
    photo.parent.mkdir()
    picture = Image.fromarray(data.chelsea())
    flipped = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    flipped.save(photo, quality=92, exif=_thumbnail(picture))
    policy = POLICY.model_copy(update={"mirrored": "flip"})
    report = photoguard.clean_folder(
        photo.parent, tmp_path / "out", policy=policy, executor=workers, home=tmp_path / "home"
    )
    (outcome,) = report.photos
    assert outcome.flipped and outcome.output is not None
    assert {cue.name for cue in outcome.mirror.cues} == {"preview", "flipped"}
    written = read((tmp_path / "out" / outcome.output).read_bytes()).pixels
    assert np.abs(written.astype(int) - data.chelsea()).mean() < 4


def _thumbnail(picture: Image.Image) -> bytes:
    small = io.BytesIO()
    picture.resize((160, 106)).save(small, "JPEG")
    return piexif.dump({"0th": {}, "1st": {piexif.ImageIFD.Compression: 6}, "thumbnail": small.getvalue()})
