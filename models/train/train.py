"""Trains the body net on composed pictures: several processes of one thread each, a schedule by the clock."""

from __future__ import annotations

import copy
import json
import math
import os
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import distributed, multiprocessing
from torch.nn.parallel import DistributedDataParallel

from .compose import Sample, compose
from .loss import losses
from .mine import Mine, negatives, peak, turned
from .net import MAPS, BodyNet
from .pools import built_in, gathered
from .taken_up import taken_up

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"


@dataclass(frozen=True)
class Plan:
    """One training run."""

    folder: Path
    """Where the checkpoint and the log go. A run that was stopped goes on from its checkpoint."""
    minutes: float
    cache: Path | None
    """What `sources` gathered; None for the small set of pictures that needs no gathering."""
    start: Path | None = None
    """Checkpoint of another run, or an exported net, whose weights this one begins with, instead of ImageNet's."""
    pace: float = 1.0
    """Times the learning rates; less to go on from weights that are good already."""
    processes: int = 2
    batch: int = 4
    """Pictures of 256 x 256 per process and step."""
    seed: int = 4
    mine_every: float = 15.0
    """Minutes between two searches for photos that the net wrongly finds tattoos in."""


_LEARN_DECODER, _LEARN_BACKBONE = 1e-3, 3e-4
_AVERAGE = 0.995
"""How much of the averaged weights stays with each step; the averaged ones are exported."""
_SIDES = {256: 0.7, 384: 0.3}
"""Sides of the pictures, and how often."""
_FRESH = 0.25
"""Share of a batch that is newly composed: that takes as long as learning from it."""
_NEGATIVES = 0.25
"""Share of hard negatives in the rest; all others were composed before and are seen from another side."""
_LOOKED_THROUGH = 400
"""Negatives that one search looks at."""
_SHOWN = 12
"""Batches that an exported net is shown when it is taken up."""
_SAVE_EVERY = 300.0


def train(plan: Plan) -> Path:
    """Run the plan to its end and give back its checkpoint."""
    plan.folder.mkdir(parents=True, exist_ok=True)
    meeting = plan.folder / f"meeting-{os.getpid()}"
    try:
        multiprocessing.spawn(_worker, (plan, meeting), nprocs=plan.processes)
    finally:
        meeting.unlink(missing_ok=True)
    return plan.folder / CHECKPOINT


def averaged(checkpoint: Path) -> BodyNet:
    """The net with the averaged weights of `checkpoint`, ready to look at pictures."""
    net = BodyNet(pretrained=False)
    net.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True)["average"])
    return net.eval()


def _worker(rank: int, plan: Plan, meeting: Path) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    distributed.init_process_group(
        "gloo", init_method=f"file://{meeting}", rank=rank, world_size=plan.processes
    )
    try:
        _Run(rank, plan).to_the_end()
    finally:
        distributed.destroy_process_group()


class _Run:
    """What one process holds while it trains."""

    def __init__(self, rank: int, plan: Plan) -> None:
        self.rank, self.plan = rank, plan
        self.file = plan.folder / CHECKPOINT
        torch.manual_seed(plan.seed)
        before = _read(self.file)
        net = _begun(plan).to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(net).eval()
        self.optimizer = torch.optim.AdamW(
            [
                {"params": net.decoder_parameters(), "peak": _LEARN_DECODER},
                {"params": net.backbone_parameters(), "peak": _LEARN_BACKBONE},
            ],
            lr=0.0,
            weight_decay=1e-4,
        )
        self.step, self.before = 0, 0.0
        if before is not None:
            net.load_state_dict(before["net"])
            self.average.load_state_dict(before["average"])
            self.optimizer.load_state_dict(before["optimizer"])
            self.step, self.before = before["step"], before["seconds"]
        self.net = DistributedDataParallel(net)
        self.shared = np.random.default_rng((plan.seed, self.step))  # same numbers in every process
        own = np.random.default_rng((plan.seed, self.step, rank + 1))
        self.pictures = _Pictures(own, plan.batch, plan.cache)
        if before is not None:
            self.pictures.mine.remember(before["odds"].numpy())

    def to_the_end(self) -> None:
        begun = saved = time.monotonic()
        turns = int(self.before // (60 * self.plan.mine_every))
        if self.step == 0 and self.plan.start is not None:
            self._mine()  # a net that knows something has its own mistakes from the first step on
        while True:
            seconds = self._agreed(self.before + time.monotonic() - begun)
            progress = seconds / (60 * self.plan.minutes)
            if progress >= 1:
                break
            if int(seconds // (60 * self.plan.mine_every)) > turns:
                turns += 1
                self._mine()
            side = int(self.shared.choice(list(_SIDES), p=list(_SIDES.values())))
            per_map = self._learn(side, self.plan.pace * _rate(progress))
            self._report(seconds, per_map)
            if time.monotonic() - saved > _SAVE_EVERY:
                self._save(seconds)
                saved = time.monotonic()
        self._save(seconds)

    def _agreed(self, seconds: float) -> float:
        """The first process's clock: everything that happens by time must happen in all of them at once."""
        clock = torch.tensor([seconds], dtype=torch.float64)
        distributed.broadcast(clock, 0)
        return float(clock)

    def _mine(self) -> None:
        """Look through some of the negatives, each process at its share."""
        mine = self.pictures.mine
        some = self.shared.permutation(len(mine.pool))[:_LOOKED_THROUGH]
        peaks = torch.zeros(len(some), dtype=torch.float64)
        for place in range(self.rank, len(some), self.plan.processes):
            peaks[place] = peak(self.average, mine.pool[some[place]].picture)
        distributed.all_reduce(peaks)
        mine.rate(some, peaks.numpy())

    def _learn(self, side: int, rate: float) -> torch.Tensor:
        pictures, labels = self.pictures.batch(side)
        for group in self.optimizer.param_groups:
            group["lr"] = group["peak"] * rate
        self.net.train()
        per_map = losses(self.net(pictures), labels)
        self.optimizer.zero_grad()
        per_map.sum().backward()
        torch.nn.utils.clip_grad_norm_(self.net.parameters(), 5.0)
        self.optimizer.step()
        self.step += 1
        # At the beginning the average follows quickly, so that it does not remember the random start.
        keep = min(_AVERAGE, (1 + self.step) / (10 + self.step))
        now = self.net.module.state_dict()
        for name, mean in self.average.state_dict().items():
            if mean.is_floating_point():
                mean.lerp_(now[name], 1 - keep)
        return per_map.detach()

    def _report(self, seconds: float, per_map: torch.Tensor) -> None:
        if self.rank == 0:
            line = {"step": self.step, "seconds": round(seconds, 1)}
            line |= {name: round(float(loss), 4) for name, loss in zip(MAPS, per_map, strict=True)}
            with (self.plan.folder / LOG).open("a", encoding="utf-8") as log:
                log.write(json.dumps(line) + "\n")

    def _save(self, seconds: float) -> None:
        if self.rank == 0:
            state = {
                "net": self.net.module.state_dict(),
                "average": self.average.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "odds": torch.from_numpy(self.pictures.mine.odds),
                "step": self.step,
                "seconds": seconds,
            }
            fresh = self.file.with_suffix(".new")
            torch.save(state, fresh)
            fresh.replace(self.file)


def _read(checkpoint: Path) -> dict[str, Any] | None:
    return torch.load(checkpoint, map_location="cpu", weights_only=True) if checkpoint.exists() else None


def _begun(plan: Plan) -> BodyNet:
    """The net as the plan begins with it; the same in every process."""
    if plan.start is None:
        return BodyNet()
    if plan.start.suffix != ".onnx":
        return averaged(plan.start)
    pictures = _Pictures(np.random.default_rng(plan.seed), plan.batch, plan.cache)
    return taken_up(plan.start, (pictures.batch(256)[0] for _ in range(_SHOWN)))


def _rate(progress: float) -> float:
    """Share of the peak learning rate: up within a fiftieth of the time, then down along a cosine."""
    return min(1.0, progress * 50 + 0.02) * max(0.01, 0.5 * (1 + math.cos(math.pi * progress)))


class _Pictures:
    """Batches of newly composed pictures, earlier ones and hard negatives."""

    def __init__(self, rng: np.random.Generator, size: int, cache: Path | None) -> None:
        self.rng, self.size = rng, size
        self.pools = built_in() if cache is None else gathered(cache, "train")
        self.mine = Mine(negatives(self.pools))
        self.old: dict[int, deque[Sample]] = {side: deque(maxlen=256) for side in _SIDES}

    def batch(self, side: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Pictures (n x 3 x side x side float32) and labels (n x 4 x side x side uint8)."""
        size = max(2, self.size * 256 * 256 // (side * side))
        samples = [self._one(side, fresh=number < _FRESH * size) for number in range(size)]
        pictures = torch.from_numpy(np.stack([sample.picture.transpose(2, 0, 1) for sample in samples]))
        labels = torch.from_numpy(np.stack([sample.labels for sample in samples]))
        return pictures.float().contiguous(memory_format=torch.channels_last), labels

    def _one(self, side: int, fresh: bool) -> Sample:
        old = self.old[side]
        if not fresh and self.rng.random() < _NEGATIVES:
            return self.mine.draw(self.rng, side)
        if fresh or len(old) < self.size:
            old.append(compose(self.rng, side, self.pools))
            return old[-1]
        return turned(old[self.rng.integers(len(old))], self.rng)
