"""Run folders: what a training or evaluation run leaves behind, how it is shown while it goes, and afterwards.

Knows files, numbers and text; knows no tensors, and imports torch and matplotlib only inside the functions that
need them.
"""

from __future__ import annotations

from botframework.training.runs.display import Display, display_for
from botframework.training.runs.folder import RunFolder
from botframework.training.runs.metrics import Line, Metrics
from botframework.training.runs.report import Cell, Picture, Samples, Section, Table, Text, write_report

__all__ = [
    "Cell",
    "Display",
    "Line",
    "Metrics",
    "Picture",
    "RunFolder",
    "Samples",
    "Section",
    "Table",
    "Text",
    "display_for",
    "write_report",
]
