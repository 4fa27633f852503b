"""Reports for tests."""

from __future__ import annotations

from photoguard.outcome import LeftOut, Outcome, RunReport, Status, Totals
from photoguard.policy import Policy


def report_of(
    *photos: Outcome, left_out: tuple[LeftOut, ...] = (), channel: str = "social-media"
) -> RunReport:
    """A run that ended with these outcomes."""
    totals = Totals(**{status.value: sum(photo.status is status for photo in photos) for status in Status})
    policy = Policy().model_dump(mode="json")
    return RunReport(channel=channel, policy=policy, photos=photos, left_out=left_out, totals=totals)
