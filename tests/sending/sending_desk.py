"""A practice that has photos to send, and one that gets them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image
from skimage import data
from skin import skin

import photoguard
from photoguard.consent.intake import add
from photoguard.consent.registry import Registry
from photoguard.decision import DrawnMask
from photoguard.errors import PhotoguardError
from photoguard.home import Home
from photoguard.photo import Kind
from photoguard.sending.age import Identity, PublicKey
from photoguard.sending.recipients import AddressBook

PAIR = ("knee_before.jpg", "knee_after.jpg")
COLLAGE = "both.jpg"
WEBSITE = photoguard.Policy.for_channel("website").to(None, "CH")


def release(folder: Path) -> None:
    """A single photo with a mask by hand, a pair and a comparison in one picture, and a photo for inside the practice.

    All but the last are for a Swiss website, where the pair and the comparison have consent; the first also for a
    journal.
    """
    for seed, name in enumerate(("photos/mole.jpg", *(f"photos/{name}" for name in PAIR), "inside/foot.jpg")):
        save(folder / name, seed)
    save_collage(folder / "collage" / COLLAGE)
    (folder / "form.pdf").write_bytes(b"%PDF-1.4 a signed form")
    add(
        Registry(Home.at(folder / "home")),
        folder / "form.pdf",
        patient="P-1",
        photos=[*(folder / "photos" / name for name in PAIR), folder / "collage" / COLLAGE],
        channels=["website"],
        territory="CH",
        signed_on=date(2026, 1, 1),
        valid_until=date(2099, 1, 1),
        grantor="patient",
        attested_by="Dr. A. Example",
        language="en",
        statements=["all"],
        capacity="yes",
        born=date(1980, 1, 1),
    )
    mask = DrawnMask(box=(16, 16, 64, 64), kind=Kind.TATTOO)
    decision = photoguard.Decision(by="Dr. A", note="a tattoo was missed", masks=(mask,))
    photoguard.decide(folder / "photos" / "mole.jpg", decision, home=folder / "home")
    shutil.copytree(folder / "photos", folder / "journal", ignore=lambda *_: PAIR)
    clean(folder, "photos", WEBSITE)
    clean(folder, "journal", photoguard.Policy.for_channel("journal"))
    clean(folder, "collage", WEBSITE.model_copy(update={"background": "keep"}))
    clean(folder, "inside", photoguard.Policy.for_channel("internal"))


def save(path: Path, seed: int) -> None:
    """A small photo of skin, with noise of its own and the name of a camera in it."""
    path.parent.mkdir(exist_ok=True)
    exif = Image.Exif()
    exif[0x010F] = "Acme Optics"
    Image.fromarray(skin(seed)).save(path, quality=90, exif=exif)


def save_collage(path: Path) -> None:
    """The same site on two days, side by side."""
    before = data.chelsea()
    height, width = before.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 8, 1.05)
    after = cv2.warpAffine(before, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
    noise = np.random.default_rng(5).normal(0, 200, (height, width)).astype(np.float32)
    changed = after * 0.85 + 12 + cv2.GaussianBlur(noise, (0, 0), 4)[..., None]
    path.parent.mkdir()
    Image.fromarray(np.hstack([before, np.clip(changed, 0, 255).astype(np.uint8)])).save(path, quality=92)


def clean(
    folder: Path, photos: str, policy: photoguard.Policy, out: str | None = None
) -> photoguard.RunReport:
    with ThreadPoolExecutor(1) as executor:  # in this process, where the models are loaded once
        return photoguard.clean_folder(
            folder / photos,
            folder / (out or f"{photos}_out"),
            policy=policy,
            home=folder / "home",
            executor=executor,
        )


class Sender:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home.at(folder / "home")
        self.report = photoguard.RunReport.model_validate_json(
            (folder / "photos_out" / "report.json").read_bytes()
        )

    def file(self, source: str) -> Path:
        """The released file of a photo."""
        (output,) = (one.output for one in self.report.photos if one.source == source)
        assert output is not None
        return self.folder / "photos_out" / output

    @property
    def files(self) -> list[Path]:
        return sorted((self.folder / "photos_out" / "released").iterdir())

    @property
    def record(self) -> str:
        (held,) = Registry(self.home).all()
        return held.id

    def knows(self, receiver: Receiver) -> None:
        AddressBook(self.home).add("Dr. Meier", receiver.key.text)

    def pack(
        self, *photos: Path, name: str = "x.age", to: str | None = "Dr. Meier", password: str | None = None
    ) -> photoguard.Packed:
        return photoguard.pack(
            photos or self.files, self.folder / name, to=to, password=password, home=self.home.path
        )

    def refused(self, *photos: Path) -> dict[str, tuple[str, ...]]:
        """Why photos may not be sent, by name; nothing is left of the attempt."""
        before = sorted(self.folder.iterdir())
        with pytest.raises(photoguard.MayNotLeave) as refusal:
            self.pack(*photos)
        assert sorted(self.folder.iterdir()) == before
        return {Path(name).name: codes for name, codes in refusal.value.held.items()}


class Receiver:
    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.home = Home.at(folder / "home")

    @property
    def key(self) -> PublicKey:
        return Identity.at(self.home).public

    def unpack(self, pack: Path | bytes, password: str | None = None) -> photoguard.Unpacked:
        if isinstance(pack, bytes):
            (self.folder / "received").write_bytes(pack)
            pack = self.folder / "received"
        return photoguard.unpack(pack, self.folder / "in", password=password, home=self.home.path)

    def refused(self, pack: Path | bytes, password: str | None = None) -> str:
        """Why a pack is not opened; nothing is left of the attempt."""
        code = code_of(lambda: self.unpack(pack, password))
        assert {one.name for one in self.folder.iterdir()} <= {"home", "received"}
        return code


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(PhotoguardError) as refusal:
        call()
    assert "\n" not in refusal.value.message
    return refusal.value.code
