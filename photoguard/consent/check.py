"""Asks the gate with the records of a registry."""

from __future__ import annotations

from datetime import datetime, tzinfo

from ..errors import StorageError
from ..outcome import ConsentDecision
from .gate import UseRequest, decide
from .record import Held
from .registry import Records


def check(
    registry: Records, request: UseRequest, now: datetime | None = None, zone: tzinfo | None = None
) -> ConsentDecision:
    """Whether a pair may leave, on the records that the registry holds at this moment. See `gate.decide`."""
    records: tuple[Held, ...] | None
    try:
        records = registry.mentioning(
            photos={photo.sha256 for photo in request.photos if photo.sha256},
            patients={photo.patient for photo in request.photos if photo.patient},
        )
    except StorageError:
        records = None
    return decide(request, records, now or datetime.now().astimezone(), zone)
