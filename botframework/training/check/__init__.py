"""Looks a data set over before it is trained on: what is in it, what is wrong with it, and what should not be in it.

Knows records; knows no model and no terminal. A set is read once, in batches. What grows with it is a few bytes per
record in memory, and some two hundred in temporary files while duplicates are looked for.
"""

from __future__ import annotations

from botframework.training.check.checker import Checks, check_files
from botframework.training.check.cleaning import Cleaned, clean_files
from botframework.training.check.report import CheckReport

__all__ = ["CheckReport", "Checks", "Cleaned", "check_files", "clean_files"]
