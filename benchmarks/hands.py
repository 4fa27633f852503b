"""Draws hands whose side is known: a rigged model of a hand, bent, turned, lit and laid onto a photo.

The model is `generic-hand` of the npm package @webxr-input-profiles/assets (MIT), two files, left.glb and
right.glb. It is no part of this project; benchmarks/mirror.py takes the folder with `--hands`.
"""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

_FINGERS = ("index", "middle", "ring", "pinky")
_TYPES = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


class HandModel:
    """One side's mesh with its bones, from a binary glTF file."""

    def __init__(self, file: Path) -> None:
        data = file.read_bytes()
        (length,) = struct.unpack_from("<I", data, 12)
        self._json = json.loads(data[20 : 20 + length])
        self._binary = data[28 + length :]
        mesh = self._json["meshes"][0]["primitives"][0]
        self._points = self._read(mesh["attributes"]["POSITION"])
        self._joints = self._read(mesh["attributes"]["JOINTS_0"]).astype(int)
        self._weights = self._read(mesh["attributes"]["WEIGHTS_0"])
        self.triangles = self._read(mesh["indices"]).reshape(-1, 3).astype(int)
        self._bones = self._json["skins"][0]["joints"]
        self._bind = (
            self._read(self._json["skins"][0]["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
        )
        self._parents = {
            child: parent
            for parent, node in enumerate(self._json["nodes"])
            for child in node.get("children", ())
        }
        self._names = {node.get("name"): index for index, node in enumerate(self._json["nodes"])}

    def posed(self, bend: dict[str, float], spread: float) -> Array:
        """N x 3 points. `bend` is the flexion of each finger's joints in degrees, `thumb` among them."""
        turns: dict[int, Array] = {}
        for finger, degrees in bend.items():
            middle = () if finger == "thumb" else (f"{finger}-finger-phalanx-intermediate",)
            stem = finger if finger == "thumb" else f"{finger}-finger"
            for name in (f"{stem}-phalanx-proximal", *middle, f"{stem}-phalanx-distal"):
                turns[self._names[name]] = _turn("x", -degrees)
        for finger, share in zip(_FINGERS, (-1.0, -0.3, 0.3, 1.0), strict=True):
            node = self._names[f"{finger}-finger-phalanx-proximal"]
            turns[node] = _turn("y", share * spread) @ turns.get(node, np.eye(4))
        world = [self._world(bone, turns) @ bind for bone, bind in zip(self._bones, self._bind, strict=True)]
        whole = np.concatenate([self._points, np.ones((len(self._points), 1))], axis=1)
        moved = np.einsum("nj,njab,nb->na", self._weights, np.array(world)[self._joints], whole)
        return np.asarray(moved[:, :3])

    def _world(self, node: int, turns: dict[int, Array]) -> Array:
        own = self._local(node) @ turns.get(node, np.eye(4))
        return self._world(self._parents[node], turns) @ own if node in self._parents else own

    def _local(self, node: int) -> Array:
        told = self._json["nodes"][node]
        if "matrix" in told:
            return np.array(told["matrix"]).reshape(4, 4).T
        matrix = np.eye(4)
        x, y, z, w = told.get("rotation", (0, 0, 0, 1))
        matrix[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        matrix[:3, :3] *= np.array(told.get("scale", (1, 1, 1)))
        matrix[:3, 3] = told.get("translation", (0, 0, 0))
        return matrix

    def _read(self, accessor: int) -> Array:
        told = self._json["accessors"][accessor]
        view = self._json["bufferViews"][told["bufferView"]]
        start = view.get("byteOffset", 0) + told.get("byteOffset", 0)
        width, kind = _WIDTHS[told["type"]], np.dtype(_TYPES[told["componentType"]])
        step = view.get("byteStride", width * kind.itemsize)
        rows = np.lib.stride_tricks.as_strided(
            np.frombuffer(self._binary, np.uint8, offset=start),
            (told["count"], width * kind.itemsize),
            (step, 1),
        )
        return np.ascontiguousarray(rows).view(kind).reshape(told["count"], width)


def _turn(axis: str, degrees: float) -> Array:
    matrix = np.eye(4)
    a, b = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[axis]
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix[a, a] = matrix[b, b] = cosine
    matrix[a, b], matrix[b, a] = -sine, sine
    return matrix


def draw(model: HandModel, ground: Array, chance: np.random.Generator) -> Array:
    """The hand over a photo (H x W x 3 uint8): any side of it, any turn, fingers straight to half bent."""
    height, width = ground.shape[:2]
    curl = chance.uniform(0, 35)
    bend = {finger: max(0.0, curl + chance.normal(0, 8)) for finger in (*_FINGERS, "thumb")}
    points = model.posed(bend, chance.uniform(0, 10))
    points = (points - points.mean(axis=0)) @ _anyhow(chance).T
    size = 0.75 * min(height, width) / np.ptp(points[:, :2], axis=0).max()
    depth = 1 + points[:, 2:] * 0.8  # a little perspective
    flat = points[:, :2] * [size, -size] / depth + [width / 2, height / 2]
    corners = points[model.triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1, keepdims=True) + 1e-12
    smooth = _smoothed(model, normals)
    light = np.array([chance.normal(0, 0.5), chance.normal(0.3, 0.5), 1.0])
    lit = 0.45 + 0.6 * np.clip(smooth @ (light / np.linalg.norm(light)), 0, 1)
    tone = np.exp(-chance.uniform(0.1, 1.1) * np.array([0.5, 0.86, 1.22])) * [0.95, 0.80, 0.72] * 255
    canvas, covered = ground.astype(np.float32), np.zeros((height, width), np.float32)
    for index in np.argsort(corners[:, :, 2].mean(axis=1)):  # from far to near
        if normals[index, 2] > 0:
            outline = np.round(flat[model.triangles[index]] * 16).astype(np.int32)
            cv2.fillConvexPoly(canvas, outline, (tone * lit[index]).tolist(), cv2.LINE_8, 4)
            cv2.fillConvexPoly(covered, outline, 1.0, cv2.LINE_8, 4)
    soft = cv2.GaussianBlur(canvas, (0, 0), 2.0)
    share = cv2.GaussianBlur(covered, (0, 0), 1.0)[..., None]
    picture = ground * (1 - share) + soft * share + chance.normal(0, 3, canvas.shape)
    return np.clip(picture, 0, 255).astype(np.uint8)


def _smoothed(model: HandModel, normals: Array) -> Array:
    total = np.zeros((model.triangles.max() + 1, 3))
    for corner in range(3):
        np.add.at(total, model.triangles[:, corner], normals)
    mean = total[model.triangles].mean(axis=1)
    return np.asarray(mean / (np.linalg.norm(mean, axis=1, keepdims=True) + 1e-12))


def _anyhow(chance: np.random.Generator) -> Array:
    """Palm or back to the camera, leant by up to 35 degrees, at any turn."""
    lean = _turn("x", chance.uniform(-35, 35)) @ _turn("y", chance.uniform(-35, 35))
    facing = _turn("x", 90) if chance.random() < 0.5 else _turn("x", -90)
    return np.asarray((_turn("z", chance.uniform(0, 360)) @ lean @ facing)[:3, :3])
