"""Opens nets for onnxruntime: one thread each, and one pool of memory for all of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import onnxruntime

from .. import weights

_opened: list[onnxruntime.InferenceSession] = []
"""In this process."""


def open_net(name: str) -> onnxruntime.InferenceSession:
    """The net called `name` in models/registry.toml, on one thread: photos run side by side, in processes.

    Raises ModelError where its file is missing or is another one.
    """
    file = weights.path(name)
    _share_memory()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.enable_mem_pattern = False  # plans for one input size; ours vary
    options.add_session_config_entry("session.use_env_allocators", "1")
    _opened.append(onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"]))
    return _opened[-1]


def give_back() -> None:
    """Let the process have the memory that the nets keep and none needs at the moment; they will take it again.

    onnxruntime does so only at the end of a run, whichever net's.
    """
    options = onnxruntime.RunOptions()
    options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
    for net in _opened[:1]:
        net.run(None, {net.get_inputs()[0].name: np.zeros((1, 3, 64, 64), np.float32)}, options)


@cache
def _share_memory() -> None:
    # A net keeps what it once needed. In turn, all nets together need no more than the largest of them.
    kind = onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    memory = onnxruntime.OrtMemoryInfo("Cpu", kind, 0, onnxruntime.OrtMemType.DEFAULT)
    onnxruntime.create_and_register_allocator(memory, onnxruntime.OrtArenaCfg(0, 1, -1, -1))
