"""Masking: which areas are masked and what is painted there. Never knows why an area is masked."""

from __future__ import annotations

from .coverage import covered_share, covers, hides, touches
from .paint import apply
from .plan import plan

__all__ = ["apply", "covered_share", "covers", "hides", "plan", "touches"]
