"""The specimen forms and the demo's registry of consent, made through photoguard's own registry."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from photoguard.consent.intake import add
from photoguard.consent.registry import Registry
from photoguard.home import Home

_SIGNED = date(2024, 5, 2)
_ATTESTED = datetime(2024, 5, 2, 14, 30, tzinfo=UTC)
_REVOKED = datetime(2024, 8, 19, 9, 15, tzinfo=UTC)
_FOR_EVER = date(2099, 12, 31)
_BORN = date(1961, 3, 12)


@dataclass(frozen=True)
class Consent:
    """One record of the demo."""

    patient: str
    photos: tuple[str, ...]
    channels: tuple[str, ...]
    form: str
    until: date = _FOR_EVER
    revoked: bool = False


CONSENTS = (
    Consent(
        "DEMO-001",
        ("pairs/forearm_before.jpg", "pairs/forearm_after.jpg"),
        ("social-media", "website"),
        "pdf",
    ),
    Consent(
        "DEMO-002",
        ("pairs/narbe_vorher.jpg", "pairs/narbe_nachher.jpg"),
        ("social-media", "website"),
        "png",
        until=date(2024, 12, 31),
    ),
    Consent("DEMO-003", ("pairs/polso_prima.jpg", "pairs/polso_dopo.jpg"), ("journal", "website"), "png"),
    Consent("DEMO-004", ("pairs/leg-pre.jpg", "pairs/leg-post.jpg"), ("social-media",), "png", revoked=True),
    Consent("DEMO-005", ("pairs/back before.jpg",), ("social-media",), "png"),
    Consent(
        "DEMO-006", ("pairs/heel_before.jpg", "pairs/heel_after.jpg"), ("social-media", "website"), "pdf"
    ),
)


def make(home: Path, samples: Path, drafts: Path) -> str:
    """Make the demo's home from nothing; the digest of its registry. `drafts` is a scratch folder."""
    practice = Home.at(home)
    # What seals the registry while it is made, the same each time. It is not kept: the pinned digest replaces it.
    key = home / "key"
    key.write_bytes(bytes(32))
    key.chmod(0o600)
    registry = Registry(practice)
    for consent in CONSENTS:
        form = drafts / f"{consent.patient}.{consent.form}"
        _draw(consent, form)
        record = add(
            registry,
            form,
            patient=consent.patient,
            photos=[samples / photo for photo in consent.photos],
            channels=consent.channels,
            signed_on=_SIGNED,
            valid_until=consent.until,
            grantor="patient",
            attested_by="M. Beispiel (specimen)",
            language="en",
            statements=["all"],
            capacity="yes",
            born=_BORN,
            now=_ATTESTED,
            zone=UTC,
        )
        if consent.revoked:
            registry.revoke(record.id, "The patient called and no longer wants this.", now=_REVOKED)
    key.unlink()
    return registry.digest()


def _draw(consent: Consent, form: Path) -> None:
    """A signed form as a scanner would give it, plainly marked as a specimen."""
    page = Image.new("L", (744, 1052), 250)
    draw = ImageDraw.Draw(page)
    draw.text((70, 70), "Consent to the use of photographs", font=ImageFont.load_default(30), fill=30)
    text = ImageFont.load_default(18)
    ticked = " and ".join(consent.channels)
    lines = (
        "Praxis Beispiel, Bundesplatz 3, 3005 Bern",
        "",
        f"Patient:  {consent.patient}",
        f"Photos:  {', '.join(Path(photo).name for photo in consent.photos)}",
        f"May be used on:  {ticked}",
        f"Valid until:  {consent.until:%d.%m.%Y}",
        "",
        "I have seen these photos. I know that they can't be called back",
        "once they are on the internet, and that I may withdraw my consent",
        "at any time. My treatment does not depend on it. Nobody can promise",
        "that I will not be recognised. I am able to judge this myself.",
        "",
        f"Bern, {_SIGNED:%d.%m.%Y}",
    )
    for number, line in enumerate(lines):
        draw.text((70, 150 + 36 * number), line, font=text, fill=45)
    for top in (226 + 36, 226 + 72):  # the lines of photos and channels
        draw.rectangle((48, top, 60, top + 12), outline=60, width=2)
        draw.line([(49, top + 5), (54, top + 12), (64, top - 4)], fill=40, width=2)
    # A scribble, nobody's hand.
    rng = np.random.default_rng(int(consent.patient[-3:]))
    steps = np.linspace(0, 1, 260)
    waves = sum(
        rng.uniform(6, 20) * np.sin(steps * rng.uniform(20, 60) + rng.uniform(0, 6)) for _ in range(3)
    )
    points = [(90 + 250 * x + 8 * np.sin(50 * x), 640 + y) for x, y in zip(steps, waves, strict=True)]
    draw.line(points, fill=60, width=3, joint="curve")
    draw.line([(70, 680), (380, 680)], fill=120, width=1)
    draw.text((70, 690), "Signature (specimen)", font=ImageFont.load_default(14), fill=110)
    stamp = Image.new("L", (700, 150), 0)
    ImageDraw.Draw(stamp).text((10, 5), "SPECIMEN", font=ImageFont.load_default(120), fill=70)
    stamp = stamp.rotate(32, expand=True)
    page.paste(150, (40, 400), stamp)
    draw.text((70, 960), "Drawn by a program. No such patient, no such practice.", font=text, fill=90)
    if form.suffix == ".pdf":
        moment = time.gmtime(_ATTESTED.timestamp())
        page.save(form, "PDF", resolution=90, quality=60, creationDate=moment, modDate=moment)
    else:
        page.quantize(8).save(form, "PNG", optimize=True)
