"""A registry that several workstations share, and photos that other computers clean."""

from __future__ import annotations

from pathlib import Path

import pytest
from consent_desk import Desk
from dask_cluster import running
from PIL import Image

import photoguard

PAIRS = Path(__file__).parents[2] / "sample_images" / "pairs"


def test_a_pair_that_a_cluster_cleans_leaves_with_a_consent_in_postgresql(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    folder = tmp_path / "photos"
    folder.mkdir()
    for pair in ("back", "knee"):
        for role in ("before", "after"):
            with Image.open(PAIRS / f"back {role}.jpg") as photo:
                photo.resize((320, 240) if pair == "back" else (240, 180)).save(folder / f"{pair} {role}.jpg")
    desk = Desk(tmp_path, database_url)
    record = desk.add(photos=[folder / "back before.jpg", folder / "back after.jpg"])
    monkeypatch.setenv("PHOTOGUARD_REGISTRY", database_url)
    with running(tmp_path / "log", workers=1) as cluster, photoguard.cluster(cluster.address) as workers:
        report = photoguard.clean_folder(
            folder, tmp_path / "out", channel="website", home=desk.home.path, executor=workers
        )
    done = {photo.source: photo for photo in report.photos}
    for role in ("before", "after"):
        assert (done[f"back {role}.jpg"].status, done[f"back {role}.jpg"].consent.record) == (
            "released",
            record.id,
        )
        assert (
            done[f"knee {role}.jpg"].status == "blocked" and "NO_CONSENT" in done[f"knee {role}.jpg"].reasons
        )
    (used,) = desk.registry.get(record.id).uses
    assert len(used.outputs) == 2
