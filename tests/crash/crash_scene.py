"""What a run in trouble is about: photos, a practice's folder, and what must be true before and after it goes on."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

import photoguard
from photoguard.audit import AuditLog
from photoguard.batch.decisions import Decisions
from photoguard.consent.intake import add
from photoguard.consent.registry import Registry
from photoguard.decision import Decision, DrawnMask
from photoguard.home import Home

SKIN = Path(__file__).parents[2] / "sample_images" / "pairs" / "back before.jpg"
_PAIR = ("knee_before.jpg", "knee_after.jpg")


class Here(Executor):
    """Does the work in this very process, at once: what happens to it happens to the run."""

    def submit(self, work: Any, /, *said: Any, **named: Any) -> Future[Any]:
        """The work's result, which is there already."""
        future: Future[Any] = Future()
        try:
            future.set_result(work(*said, **named))
        except BaseException as error:
            future.set_exception(error)
        return future


@dataclass(frozen=True)
class Scene:
    """Photos to clean, where to, and the practice's folder."""

    photos: Path
    out: Path
    home: Path
    asked_anew: bool = False
    """Its photos are compared with each other, and done again in each run for that."""

    def clean(self) -> photoguard.RunReport:
        """The run itself."""
        return photoguard.clean_folder(self.photos, self.out, home=self.home, executor=Here())

    def copied(self, to: Path) -> Scene:
        """The same photos, with a copy of the practice's folder and of what was cleaned."""
        copy = replace(self, out=to / "out", home=to / "home")
        for source, target in ((self.out, copy.out), (self.home, copy.home)):
            if source.exists():
                shutil.copytree(source, target)
        return copy

    @property
    def originals(self) -> dict[str, tuple[str, int]]:
        """Content and time of change of all photos."""
        return {
            path.name: (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
            for path in self.photos.iterdir()
        }


def practice(root: Path) -> Scene:
    """A pair with consent, one without, a photo with a person's mask, half a pair: all outcomes of a run."""
    scene = _plain(root, *_PAIR, "nose before.jpg", "nose after.jpg", "label.jpg", "chin_after.jpg")
    home = Home.at(scene.home)
    form = root / "form.pdf"
    form.write_bytes(b"%PDF-1.4 a signed form")
    add(
        Registry(home), form, patient="P-1", photos=[scene.photos / name for name in _PAIR],
        channels=("social-media",), signed_on=date(2026, 1, 1), valid_until=date(2099, 1, 1),
        grantor="patient", attested_by="Dr. A. Example", language="en", statements=["all"], capacity="yes",
        born=date(1980, 1, 1),
    )  # fmt: skip
    masked = Decision(by="A. Keller", note="a label", masks=(DrawnMask(box=(8, 8, 40, 32)),))
    Decisions(home).take(scene.photos / "label.jpg", masked)
    return scene


def first_day(root: Path) -> Scene:
    """A practice's first run: there is no folder of its own yet, and no key."""
    return _plain(root, "arm.jpg", "chin_after.jpg")


def again(root: Path) -> Scene:
    """A finished run, and since then the pair's consent was revoked and a photo replaced."""
    scene = practice(root)
    scene.clean()
    registry = Registry(Home.at(scene.home))
    registry.revoke(registry.all()[0].record.id, "asked to by the patient")
    _save(scene.photos / "chin_after.jpg", 99)
    return scene


def twins(root: Path) -> Scene:
    """A photo both ways round: released at first, and held when all have been seen."""
    scene = replace(_plain(root, "arm.jpg", "leg.jpg"), asked_anew=True)
    with Image.open(scene.photos / "arm.jpg") as picture:
        ImageOps.mirror(picture).save(scene.photos / "flipped.jpg", quality=95)
    return scene


SCENES = {"practice": practice, "first day": first_day, "again": again, "twins": twins}


def _plain(root: Path, *names: str) -> Scene:
    scene = Scene(root / "photos", root / "out", root / "home")
    for number, name in enumerate(names):
        _save(scene.photos / name, number)
    return scene


def _save(path: Path, number: int) -> None:
    """A small piece of skin, another one for each number: nothing in it identifies anyone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number).integers(-9, 10, (48, 64, 3))
    with Image.open(SKIN) as skin:
        small = np.asarray(skin.convert("RGB").resize((64, 48)), int)
    Image.fromarray(np.clip(small + noise, 0, 255).astype(np.uint8)).save(path, quality=90)


@dataclass(frozen=True)
class Expected:
    """What a run that nothing happened to comes to."""

    outcomes: dict[str, tuple[str, tuple[str, ...]]]
    audited: Counter[tuple[str, str | None]]
    uses: int

    @classmethod
    def of(cls, scene: Scene) -> Expected:
        """After the run of a scene."""
        return cls(_outcomes(scene), audited(scene), _uses(scene))


def broken(scene: Scene) -> Iterator[str]:
    """What is wrong right after a fault, before anybody has tidied up."""
    known = {entry["output_sha256"] for entry in _photo_entries(scene)}
    for folder in ("released", "review"):
        for path in (scene.out / folder).iterdir() if (scene.out / folder).exists() else ():
            data = path.read_bytes()
            if not re.fullmatch(r"pg-[a-z2-7]{16}\.jpg", path.name):
                yield f"{folder}/ holds {path.name}"
            elif not _whole(data):
                yield f"{folder}/ holds part of a picture"
            elif hashlib.sha256(data).hexdigest() not in known:
                yield f"{folder}/ holds a picture that the audit log does not know"
    if (scene.out / "report.json").exists():
        statuses = _outcomes(scene)
        if len({statuses[name][0] == "released" for name in _PAIR if name in statuses}) > 1:
            yield "half a pair was released"
    yield from _books(scene)


def unfinished(scene: Scene, expected: Expected, *, once: bool) -> Iterator[str]:
    """What is wrong after the same command was given again. `once`: nothing may be told twice."""
    if (outcomes := _outcomes(scene)) != expected.outcomes:
        yield f"other outcomes: {outcomes}"
    report = json.loads((scene.out / "report.json").read_text(encoding="utf-8"))
    named = {photo["output"]: photo["output_sha256"] for photo in report["photos"] if photo["output"]}
    there = {
        path.relative_to(scene.out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for folder in ("released", "review")
        for path in (scene.out / folder).iterdir()
    }
    if there != named:
        yield "the folders hold other pictures than the report names"
    if "</html>" not in (scene.out / "report.html").read_text(encoding="utf-8"):
        yield "the page is cut off"
    left = [path for root in (scene.out, scene.home) for path in root.rglob("*")]
    if odd := [
        path.name
        for path in left
        if path.name.endswith((".part", "-journal", "staging")) or path.name.startswith(".key")
    ]:
        yield f"left behind: {odd}"
    told = audited(scene)
    if once and told != expected.audited:
        yield f"audited {dict(told)}"
    if missing := expected.audited - told:
        yield f"not audited: {dict(missing)}"
    last = {entry["source_sha256"]: entry for entry in _photo_entries(scene)}
    for photo in report["photos"]:
        said = last[photo["source_sha256"]]
        if (said["status"], said["output_sha256"]) != (photo["status"], photo["output_sha256"]):
            yield "the audit log's last word is another one than the report's"
    if (uses := _uses(scene)) < expected.uses or (once and uses != expected.uses):
        yield f"{uses} uses of the consent"
    registry = Registry(Home(scene.home))
    for photo in report["photos"]:
        made = len(registry.derivations(photo["output_sha256"])) if photo["status"] == "released" else 1
        if made == 0 or (once and made > 1):
            yield f"{made} signed manifests of one released file"
    yield from _books(scene)


def _books(scene: Scene) -> Iterator[str]:
    if not scene.home.exists():
        return
    home = Home(scene.home)
    if (scene.home / "key").exists():
        AuditLog(home).verify()
        Registry(home).prove()
        Decisions(home).among(list(scene.photos.iterdir()))
    elif home.audit.exists():
        yield "an audit log without a key"


def _outcomes(scene: Scene) -> dict[str, tuple[str, tuple[str, ...]]]:
    report = json.loads((scene.out / "report.json").read_text(encoding="utf-8"))
    return {photo["source"]: (photo["status"], tuple(photo["reasons"])) for photo in report["photos"]}


def audited(scene: Scene) -> Counter[tuple[str, str | None]]:
    """How often the audit log tells each outcome of each photo."""
    return Counter((entry["source_sha256"], entry["status"]) for entry in _photo_entries(scene))


def _photo_entries(scene: Scene) -> list[dict[str, Any]]:
    if not (scene.home / "key").exists():
        return []
    entries = AuditLog(Home(scene.home)).entries()
    return [json.loads(entry.details) for entry in entries if entry.event == "photo"]


def _uses(scene: Scene) -> int:
    return sum(len(held.uses) for held in Registry(Home(scene.home)).all())


def _whole(data: bytes) -> bool:
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.load()
    except OSError:
        return False
    return data.endswith(b"\xff\xd9")
