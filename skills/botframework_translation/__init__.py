"""The translation skill: ``/translate fr Good morning``, or in words, in several languages."""

from __future__ import annotations

from botframework_translation.skill import TranslationSettings, translate

__all__ = ["TranslationSettings", "translate"]
