"""photoguard makes clinical photos safe to send or post.

import photoguard

cleaned = photoguard.clean("IMG_1.jpg")
report = photoguard.clean_folder(["photos"], "cleaned", channel="journal")
told = photoguard.inspect("IMG_1.jpg")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import (
        clean,
        clean_folder,
        cluster,
        decide,
        decided,
        inspect,
        new_password,
        pack,
        recipients,
        unpack,
    )
    from .decision import Decision
    from .errors import MayNotLeave, PhotoguardError
    from .outcome import Outcome, RunReport, Status
    from .pipeline import Cleaned
    from .policy import Channel, Policy
    from .sending.parcel import Packed, Recipient, Unpacked

__version__ = "0.1.0"

_HOME = {
    "clean": "api", "clean_folder": "api", "cluster": "api", "decide": "api", "decided": "api", "inspect": "api",
    "new_password": "api", "pack": "api", "recipients": "api", "unpack": "api",
    "Decision": "decision",
    "MayNotLeave": "errors", "PhotoguardError": "errors",
    "Outcome": "outcome", "RunReport": "outcome", "Status": "outcome",
    "Cleaned": "pipeline",
    "Channel": "policy", "Policy": "policy",
    "Packed": "sending.parcel", "Recipient": "sending.parcel", "Unpacked": "sending.parcel",
}  # fmt: skip

__all__ = [
    "Channel", "Cleaned", "Decision", "MayNotLeave", "Outcome", "Packed", "PhotoguardError", "Policy", "Recipient",
    "RunReport", "Status", "Unpacked",
    "clean", "clean_folder", "cluster", "decide", "decided", "inspect", "new_password", "pack", "recipients", "unpack",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    # Late, so that `photoguard --help` does not load OpenCV and the nets.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
