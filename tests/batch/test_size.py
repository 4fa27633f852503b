"""Whole runs that make photos smaller for sending."""

from __future__ import annotations

import json
from concurrent.futures import Executor
from pathlib import Path

import numpy as np
import pytest
from conftest_photos import save_photo
from jpeg_sources import kept_scans
from PIL import Image
from skimage import data

import photoguard
from photoguard.audit import AuditLog
from photoguard.consent.registry import Registry
from photoguard.egress import jpeg
from photoguard.errors import UsageError
from photoguard.home import Home
from photoguard.photo import Kind
from photoguard.policy import LARGEST, Policy, Size


def test_a_photo_leaves_no_larger_than_asked_and_masked(tmp_path: Path, workers: Executor) -> None:
    source, home, out = tmp_path / "photos" / "face.jpg", tmp_path / "home", tmp_path / "out"
    source.parent.mkdir()
    Image.fromarray(data.astronaut()).resize((1400, 1400)).save(source, quality=95)
    policy = Policy.for_channel("messenger").sized("small").model_copy(update={"masking": _solid()})
    report = photoguard.clean_folder(source, out, policy=policy, home=home, executor=workers)
    (photo,) = report.photos
    assert (photo.status, photo.size, photo.output_size) == ("released", (1400, 1400), (1280, 1280))
    assert photo.output is not None and photo.output_sha256 is not None
    written = (out / photo.output).read_bytes()
    assert len(written) <= LARGEST[Size.SMALL].bytes
    assert jpeg.structure(written) == []
    with Image.open(out / photo.output) as picture:
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    assert pixels.shape == (1280, 1280, 3)
    face = next(found.box for found in photo.findings if found.kind is Kind.FACE)
    x0, y0, x1, y1 = (round(side * 1280 / 1400) for side in face)
    assert np.abs(pixels[y0 + 8 : y1 - 8, x0 + 8 : x1 - 8] - 128).max() <= 4
    assert Kind.FACE not in {found.kind for found in photoguard.clean(written).outcome.findings}

    said = [json.loads(entry.details) for entry in AuditLog(Home(home)).entries() if entry.event == "photo"]
    assert [one["size"] for one in said] == ["small"]
    (manifest,) = Registry(Home(home)).derivations(photo.output_sha256)
    assert manifest.size is Size.SMALL
    assert "1280 pixels" in (out / "report.html").read_text(encoding="utf-8").replace("1,280", "1280")


def test_a_photo_that_is_small_enough_keeps_its_own_coding(tmp_path: Path, workers: Executor) -> None:
    source = tmp_path / "photos" / "a.jpg"
    save_photo(source, 1)
    sized = Policy.for_channel("messenger").sized("small")
    (photo,) = photoguard.clean_folder(source, tmp_path / "out", policy=sized, executor=workers).photos
    assert photo.output is not None and photo.output_size == photo.size
    assert kept_scans(source.read_bytes(), (tmp_path / "out" / photo.output).read_bytes())


def test_a_size_that_is_not_known_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        Policy().sized("tiny")
    assert refused.value.code == "SIZE_UNKNOWN"


def _solid() -> object:
    return Policy.model_validate({"masking": {"face": "solid"}}).masking
