"""The summarisation skill: texts, documents and conversations, of any length."""

from __future__ import annotations

from botframework_summarisation.skill import SummarySettings, summarise

__all__ = ["SummarySettings", "summarise"]
