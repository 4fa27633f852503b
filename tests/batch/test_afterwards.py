"""What shows only when all photos of a run are seen together."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import cv2
import numpy as np
import piexif
import pytest
from conftest_photos import with_consent
from PIL import Image
from skimage import data

import photoguard
from photoguard.audit import AuditLog
from photoguard.consent.registry import Registry
from photoguard.decision import Decision
from photoguard.errors import StorageError
from photoguard.home import Home
from photoguard.outcome import Outcome
from photoguard.photo import Pixels

POLICY = photoguard.Policy(background="keep")


@pytest.fixture
def site() -> Pixels:
    """A site with marks of its own, on a day."""
    return np.asarray(data.chelsea())


def later(picture: Pixels) -> Pixels:
    """The same site on another day: other light, another angle, and skin that has changed."""
    height, width = picture.shape[:2]
    turned = cv2.warpAffine(
        picture,
        cv2.getRotationMatrix2D((width / 2, height / 2), 8, 1.05),
        (width, height),
        borderMode=cv2.BORDER_REFLECT,
    )
    chance = np.random.default_rng(5)
    change = cv2.GaussianBlur(chance.normal(0, 200, (height, width)).astype(np.float32), (0, 0), 4)[..., None]
    return np.clip(turned * 0.85 + 12 + change, 0, 255).astype(np.uint8)


def save(path: Path, picture: Pixels, day: str | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    exif = {"Exif": {piexif.ExifIFD.DateTimeOriginal: f"{day} 09:00:00".encode()}} if day else {}
    Image.fromarray(picture).save(path, quality=92, exif=piexif.dump(exif))


def clean(tmp_path: Path, workers: Executor, **options: object) -> dict[str, Outcome]:
    report = photoguard.clean_folder(
        tmp_path / "photos",
        tmp_path / "out",
        executor=workers,
        home=tmp_path / "home",
        **{"policy": POLICY, **options},  # type: ignore[arg-type]
    )
    return {photo.source: photo.model_copy(update={"timings_ms": {}}) for photo in report.photos}


def test_two_photos_of_one_site_on_two_days_are_held_until_somebody_says_what_they_are(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    save(tmp_path / "photos" / "b.jpg", later(site), "2026:09:02")
    save(tmp_path / "photos" / "other.jpg", data.rocket(), "2026:09:02")
    photos = clean(tmp_path, workers)
    assert photos["a.jpg"].reasons == photos["b.jpg"].reasons == ("UNDECLARED_PAIR",)
    assert not [*(tmp_path / "out" / "released").glob("*")][1:]
    log = AuditLog(Home.at(tmp_path / "home"))
    told = [entry.event for entry in log.entries()].count("photo")
    assert clean(tmp_path, workers) == photos
    assert [entry.event for entry in log.entries()].count("photo") == told, "they stand for each other"
    for name in ("a.jpg", "b.jpg"):
        said = Decision(by="Dr. A", note="two patients", accepts=("UNDECLARED_PAIR",))
        photoguard.decide(tmp_path / "photos" / name, said, home=tmp_path / "home")
    photos = clean(tmp_path, workers)
    assert {photo.status for photo in photos.values()} == {"released"}


def test_a_photo_that_comes_later_is_compared_with_those_that_were_there_before(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    save(tmp_path / "photos" / "other.jpg", data.rocket(), "2026:09:02")
    assert {photo.status for photo in clean(tmp_path, workers).values()} == {"released"}
    save(tmp_path / "photos" / "b.jpg", later(site), "2026:09:02")
    save(tmp_path / "photos" / "flipped.jpg", np.asarray(data.rocket())[:, ::-1], "2026:09:02")
    photos = clean(tmp_path, workers)
    assert photos["a.jpg"].reasons == photos["b.jpg"].reasons == ("UNDECLARED_PAIR",)
    assert photos["other.jpg"].reasons == photos["flipped.jpg"].reasons == ("MIRROR_SUSPECTED",)
    save(tmp_path / "photos" / "copy of a.jpg", site[10:, :-10], "2026:03:02")
    assert clean(tmp_path, workers)["copy of a.jpg"].reasons == ("UNDECLARED_PAIR",)


@pytest.mark.parametrize("damage", ["lost", "cut off", "changed"])
def test_a_photo_is_compared_anew_where_what_was_left_of_it_is_damaged(
    tmp_path: Path, workers: Executor, site: Pixels, damage: str
) -> None:
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    clean(tmp_path, workers)
    (points,) = (tmp_path / "out" / ".photoguard" / "points").iterdir()
    if damage == "lost":
        points.unlink()
    else:
        whole = points.read_bytes()
        method = whole.index(b"PK\1\2") + 10  # how the first part is packed, as the list of parts has it
        points.write_bytes(
            whole[:2000] if damage == "cut off" else whole[:method] + b"\x63" + whole[method + 1 :]
        )
    save(tmp_path / "photos" / "b.jpg", later(site), "2026:09:02")
    photos = clean(tmp_path, workers)
    assert photos["a.jpg"].reasons == photos["b.jpg"].reasons == ("UNDECLARED_PAIR",)


def test_a_photo_that_comes_back_is_compared_with_what_came_while_it_was_away(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    comes_back, away = tmp_path / "photos" / "b.jpg", tmp_path / "b.jpg"
    save(comes_back, later(site), "2026:09:02")
    assert clean(tmp_path, workers)["b.jpg"].status == "released"
    comes_back.rename(away)
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    assert clean(tmp_path, workers)["a.jpg"].status == "released"
    away.rename(comes_back)
    assert {photo.reasons for photo in clean(tmp_path, workers).values()} == {("UNDECLARED_PAIR",)}


def test_photos_that_were_done_again_by_a_run_that_was_killed_are_compared_by_the_next(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    save(tmp_path / "photos" / "b.jpg", later(site))
    days = tmp_path / "days.csv"
    days.write_text("file,taken_at\na.jpg,2026-03-02\nb.jpg,2026-03-02\n")
    assert {photo.status for photo in clean(tmp_path, workers, manifest=days).values()} == {"released"}
    days.write_text("file,taken_at\na.jpg,2026-03-02\nb.jpg,2026-09-02\n")

    def kill(done: int, total: int, outcome: Outcome) -> None:
        if done == total:  # nothing has been compared yet
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        clean(tmp_path, workers, manifest=days, progress=kill)
    photos = clean(tmp_path, workers, manifest=days)
    assert photos["a.jpg"].reasons == photos["b.jpg"].reasons == ("UNDECLARED_PAIR",)


def test_a_day_that_the_manifest_gives_later_counts(tmp_path: Path, workers: Executor, site: Pixels) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    save(tmp_path / "photos" / "b.jpg", later(site))
    assert {photo.status for photo in clean(tmp_path, workers).values()} == {"review"}
    (tmp_path / "days.csv").write_text("file,taken_at\na.jpg,2026-03-02\nb.jpg,2026-03-02\n")
    said = clean(tmp_path, workers, manifest=tmp_path / "days.csv")
    assert {photo.status for photo in said.values()} == {"released"}


def test_one_day_one_photo_and_uses_without_consent_raise_no_alarm(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    save(tmp_path / "photos" / "same day.jpg", later(site), "2026:03:02")
    assert {photo.status for photo in clean(tmp_path, workers).values()} == {"released"}
    save(tmp_path / "photos" / "same day.jpg", site[40:, :-40], "2026:05:05")
    assert {photo.status for photo in clean(tmp_path, workers).values()} == {"released"}
    save(tmp_path / "photos" / "same day.jpg", later(site), "2026:05:05")
    internal = POLICY.model_copy(update={"pairs_need_consent": False})
    at = tmp_path / "internal"
    report = photoguard.clean_folder(
        tmp_path / "photos", at, executor=workers, home=tmp_path / "home", policy=internal
    )
    assert report.totals.released == 2


def test_a_photo_that_is_there_both_ways_round_is_held_both_times(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    save(tmp_path / "photos" / "b.jpg", site[:, ::-1])
    photos = clean(tmp_path, workers)
    assert {photo.reasons for photo in photos.values()} == {("MIRROR_SUSPECTED",)}
    assert {cue.name for photo in photos.values() for cue in photo.mirror.cues} == {"batch"}
    assert clean(tmp_path, workers) == photos
    right = Decision(by="Dr. A", note="seen", mirror="as_it_is")
    photoguard.decide(tmp_path / "photos" / "a.jpg", right, home=tmp_path / "home")
    photos = clean(tmp_path, workers)
    assert photos["a.jpg"].status == "released" and photos["b.jpg"].reasons == ("MIRRORED",)


def test_what_another_photo_held_back_goes_when_that_one_is_gone(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site, "2026:03:02")
    save(tmp_path / "photos" / "b.jpg", later(site), "2026:09:02")
    assert {photo.status for photo in clean(tmp_path, workers).values()} == {"review"}
    (tmp_path / "photos" / "b.jpg").unlink()
    assert clean(tmp_path, workers)["a.jpg"].status == "released"


def test_who_is_told_of_progress_hears_of_what_was_held_when_all_of_it_is(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    save(tmp_path / "photos" / "b.jpg", site[:, ::-1])
    told: list[tuple[str, str]] = []

    def listen(done: int, total: int, outcome: Outcome) -> None:
        told.append((outcome.source, outcome.status))
        if outcome.status == "review":
            assert not any((tmp_path / "out" / "released").iterdir())

    clean(tmp_path, workers, progress=listen)
    assert sorted(told[:2]) == [("a.jpg", "released"), ("b.jpg", "released")]
    assert sorted(told[2:]) == [("a.jpg", "review"), ("b.jpg", "review")]


def test_a_photo_that_an_earlier_run_let_through_the_other_way_round_is_held(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    assert clean(tmp_path, workers)["a.jpg"].status == "released"
    assert clean(tmp_path, workers)["a.jpg"].status == "released"
    flipped = tmp_path / "later"
    save(flipped / "c.jpg", site[:, ::-1])
    report = photoguard.clean_folder(
        flipped, tmp_path / "out2", executor=workers, home=tmp_path / "home", policy=POLICY
    )
    assert report.photos[0].reasons == ("MIRROR_SUSPECTED",)


def test_a_picture_that_shows_before_and_after_needs_consent_like_a_pair(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "both.jpg", np.hstack([site, later(site)]))
    photos = clean(tmp_path, workers)
    assert photos["both.jpg"].status == "blocked"
    assert photos["both.jpg"].reasons[0] == "COLLAGE" and "NO_CONSENT" in photos["both.jpg"].reasons
    assert photos["both.jpg"].output is None
    with_consent(tmp_path / "home", tmp_path / "photos", "both.jpg")
    allowed = clean(tmp_path, workers)["both.jpg"]
    assert (allowed.status, allowed.consent.decision) == ("released", "allow")
    Registry(Home.at(tmp_path / "home")).revoke(allowed.consent.record or "", reason="withdrawn")
    withdrawn = clean(tmp_path, workers)["both.jpg"]
    assert withdrawn.status == "blocked" and "REVOKED" in withdrawn.reasons
    assert not any((tmp_path / "out" / "released").iterdir())
    alone = Decision(by="Dr. A", note="a seam in the floor", accepts=("COLLAGE",))
    photoguard.decide(tmp_path / "photos" / "both.jpg", alone, home=tmp_path / "home")
    assert clean(tmp_path, workers)["both.jpg"].status == "released"


def test_halves_of_a_pair_that_lie_opposite_are_held(tmp_path: Path, workers: Executor, site: Pixels) -> None:
    save(tmp_path / "photos" / "knee before.jpg", site)
    save(tmp_path / "photos" / "knee after.jpg", later(site)[:, ::-1])
    internal = POLICY.model_copy(update={"pairs_need_consent": False})
    photos = clean(tmp_path, workers, policy=internal)
    assert {photo.reasons for photo in photos.values()} == {("MIRROR_SUSPECTED",)}
    assert {cue.name for photo in photos.values() for cue in photo.mirror.cues} == {"pair"}


def test_a_run_whose_small_pictures_are_taken_away_meanwhile_says_so_and_is_mended_by_the_next(
    tmp_path: Path, workers: Executor, site: Pixels
) -> None:
    save(tmp_path / "photos" / "a.jpg", site)
    photos = clean(tmp_path, workers)

    def take_away(done: int, total: int, outcome: Outcome) -> None:
        for small in (tmp_path / "out" / ".photoguard" / "thumbnails").iterdir():
            small.unlink()

    with pytest.raises(StorageError) as error:
        clean(tmp_path, workers, progress=take_away)
    assert error.value.code == "OUTPUT_CHANGED"
    assert clean(tmp_path, workers) == photos
