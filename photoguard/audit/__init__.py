"""The audit log: what was decided and why, only ever added to, each entry chained to the one before.

Two chains run through it. An entry's hash is an HMAC-SHA256 under the practice's key over everything it says and
the hash before it; the log's head (how many entries, the last one's hash) is signed the same way and written in the
same transaction. Beside it, SHA-256 over the entries' lines can be followed without any secret; checkpoints, which are
entries themselves, hold where it stands, signed with the practice's Ed25519 key.

Detected: an entry that was changed, removed, put in, moved or cut off the end by anyone without the key, also
when the file was edited directly. With the public key alone anyone detects the same in an exported log. Not detected:
the whole file replaced by an older copy of itself, and anything done by someone who has the key. Against the first,
keep the last hash that `photoguard audit verify` prints somewhere else, and name it with `--head`: this also shows that
the file was removed.
"""

from __future__ import annotations

from .entry import JSON, Entry, Point
from .log import AuditLog

__all__ = ["JSON", "AuditLog", "Entry", "Point"]
