"""A copy of a photo is held with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from photoguard.batch import together


def test_a_copy_of_one_of_two_photos_of_a_site_shows_it_too(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    names = ("leg", "copy of leg", "leg later", "arm")
    told = {(0, 1): True, (0, 2): False}  # too few points agree between the copy and the later photo
    monkeypatch.setattr(together.same_site, "alike", lambda *_: ((*couple, couple) for couple in told))
    monkeypatch.setattr(together.same_site, "one_photo", lambda _one, _other, laid: told[laid])
    photo = (Path(__file__).parents[2] / "sample_images" / "tattoos" / "arm.jpg").read_bytes()
    found = together.same_site_twice(names, {}, dict.fromkeys(names, photo), tmp_path)
    assert {frozenset(couple) for couple in found} == {
        frozenset({"leg", "leg later"}),
        frozenset({"copy of leg", "leg later"}),
    }
