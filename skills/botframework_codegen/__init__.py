"""The code generation skill: ``/code reverse a string``; what it writes is never run."""

from __future__ import annotations

from botframework_codegen.skill import CodeSettings, code

__all__ = ["CodeSettings", "code"]
