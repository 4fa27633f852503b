"""The whole way from composed pictures to figures, with a small set of pictures that needs no gathering."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from photoguard import weights

torch = pytest.importorskip("torch")
ROOT = Path(__file__).resolve().parents[2]
MINUTES = 0.4


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a short run, and what the command printed."""
    folder = tmp_path_factory.mktemp("training")
    shutil.copy(ROOT / "models" / "registry.toml", folder)
    command = [sys.executable, "-m", "models.train", "--built-in", "--minutes", str(MINUTES)]
    command += ["--run", str(folder / "run"), "--models", str(folder)]
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder, done.stdout


@pytest.fixture
def net(made: tuple[Path, str]):
    from models.train.train import CHECKPOINT, averaged

    return averaged(made[0] / "run" / CHECKPOINT)


def test_training_takes_steps_that_change_what_may_change_and_nothing_else(
    made: tuple[Path, str], net
) -> None:
    from models.train.net import BodyNet

    before = BodyNet().state_dict()
    steps = [json.loads(line) for line in (made[0] / "run" / "log.jsonl").read_text().splitlines()]
    assert len(steps) >= 2
    assert all(
        np.isfinite([step[name] for name in ("body", "skin", "tattoo", "object")]).all() for step in steps
    )
    after = net.state_dict()
    frozen = [name for name in before if name.startswith(("stem.", "blocks.0.", "blocks.1.", "blocks.2."))]
    learning = [name for name in before if name.startswith("blocks.8.")]
    assert frozen and all(torch.equal(before[name], after[name]) for name in frozen)
    assert not all(torch.equal(before[name], after[name]) for name in learning)


@pytest.mark.parametrize(("height", "width"), [(32, 32), (96, 160), (256, 224)])
def test_the_exported_net_says_what_the_trained_one_says(made, net, height: int, width: int) -> None:
    picture = np.random.default_rng(height).uniform(0, 255, (1, 3, height, width)).astype(np.float32)
    session = onnxruntime.InferenceSession(made[0] / "body.onnx", providers=["CPUExecutionProvider"])
    (maps,) = session.run(("maps",), {"picture": picture})
    with torch.inference_mode():
        expected = torch.sigmoid(net(torch.from_numpy(picture))).numpy()
    assert maps.shape == (1, 4, height // 4, width // 4)
    assert np.abs(maps - expected).max() < 1e-4
    assert (made[0] / "body.onnx").stat().st_size < 15e6


def test_the_registry_knows_the_net_that_was_made(made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGUARD_MODELS", str(made[0]))
    assert weights.path("body") == made[0] / "body.onnx"  # raises where the SHA-256 is another


def test_the_figures_are_printed(made) -> None:
    assert "IoU tattoo" in made[1]
    assert "masked as tattoo" in made[1]


def test_a_run_that_was_stopped_goes_on_where_it_was(made, tmp_path: Path) -> None:
    from models.train.train import CHECKPOINT, LOG, Plan, train

    run = tmp_path / "run"
    shutil.copytree(made[0] / "run", run)
    before = [json.loads(line) for line in (run / LOG).read_text().splitlines()]
    train(Plan(folder=run, minutes=MINUTES + 0.2, cache=None))
    after = [json.loads(line) for line in (run / LOG).read_text().splitlines()]
    assert after[: len(before)] == before
    assert [step["step"] for step in after] == list(range(1, len(after) + 1))
    assert len(after) > len(before)
    assert torch.load(run / CHECKPOINT, weights_only=True)["step"] == len(after)


def test_a_net_of_which_only_the_file_is_left_is_trained_on_from_where_it_stood(made, net) -> None:
    from models.train.taken_up import taken_up

    pictures = 255 * torch.rand(3, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    taken = taken_up(made[0] / "body.onnx", [pictures])
    with torch.no_grad():
        expected = torch.sigmoid(net(pictures))
        assert torch.allclose(torch.sigmoid(taken(pictures)), expected, atol=1e-4)
        # with the normalisation as training uses it: by what each batch has
        assert torch.allclose(torch.sigmoid(taken.train()(pictures)), expected, atol=1e-2)
