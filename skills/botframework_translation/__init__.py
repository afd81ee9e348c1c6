"""The translation skill: ``/translate fr Good morning``, or in words, in several languages;
``/autotranslate fr`` for a whole conversation."""

from __future__ import annotations

from botframework_translation.autotranslate import autotranslate
from botframework_translation.skill import TranslationSettings, translate

__all__ = ["TranslationSettings", "autotranslate", "translate"]
