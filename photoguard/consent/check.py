"""Asks the gate with what a registry holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, tzinfo

from ..errors import StorageError
from ..outcome import ConsentDecision
from .case import Evidence, UseRequest
from .gate import decide
from .registry import Records
from .settings import Settings


def check(
    records: Records,
    request: UseRequest,
    now: datetime | None = None,
    zone: tzinfo | None = None,
    settings: Settings | None = None,
) -> ConsentDecision:
    """Whether a pair may leave, on what the registry holds at this moment. See `gate.decide`."""
    evidence: Evidence | None = None
    fault: str | None = None
    try:
        evidence = records.about(
            photos={photo.sha256 for photo in request.photos if photo.sha256},
            people={key for photo in request.photos for key in (photo.patient, *photo.others) if key},
        )
        if settings is not None and settings.server is not None:
            evidence = replace(evidence, synced_at=records.synced_at(settings.server))
    except StorageError as error:
        fault = error.code
    except ValueError:
        fault = "REGISTRY_DAMAGED"
    return decide(request, evidence, now or datetime.now().astimezone(), zone, settings, fault)
