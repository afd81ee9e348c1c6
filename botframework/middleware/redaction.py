"""Keeps secrets and personal data out of the log; knows only their shapes."""

from __future__ import annotations

import logging
import re
import traceback

__all__ = ["Redaction", "redact"]

_RULES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\b\d{6,12}:[A-Za-z0-9_-]{30,}"), "[token]"),
    (re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{8,}|\bxapp-[A-Za-z0-9-]{8,}|\bxoxe\.[A-Za-z0-9.-]{8,}"), "[token]"),
    (re.compile(r"\b(?:sk|pk|rk)-[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bhf_[A-Za-z0-9]{20,}"), "[key]"),
    (re.compile(r"\bAKIA[0-9A-Z]{16}\b"), "[key]"),
    (re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), "[token]"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}"), r"\1 [token]"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|secret|password|passwd|token|signing[_-]?secret)[\"']?\s*[=:]\s*[\"']?)"
            r"(?!\[)[^\s\"',;&]{4,}"
        ),
        r"\1[secret]",
    ),
    (re.compile(r"(?i)(\w+://)[^\s/@:]+:[^\s/@]+@"), r"\1[secret]@"),
    (re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"), "[e-mail]"),
    (re.compile(r"(?<![\w.:/-])\+\d{1,3}(?:[ .()-]{0,2}\d){7,12}(?![\w:-])"), "[phone]"),
    (re.compile(r"(?<![\w.:/+-])(?:1[3-9]\d{9}|0\d{2,4}[ /-]\d{3,}[ -]?\d{2,})(?![\w.:-])"), "[phone]"),
    (re.compile(r"(?<![\w.:/+-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\w:-])"), "[phone]"),
)


def redact(text: str) -> str:
    """``text`` with tokens, keys, passwords, e-mail addresses and phone numbers masked."""
    for pattern, replacement in _RULES:
        text = pattern.sub(replacement, text)
    return text


class Redaction(logging.Filter):
    """Masks secrets in a record's message, its exception's text and its stack. Attach it to every handler."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; always lets it through."""
        record.msg = redact(record.getMessage())
        record.args = None
        if record.exc_info and record.exc_info[0] is not None and not record.exc_text:
            record.exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip("\n")
        if record.exc_text:
            record.exc_text = redact(record.exc_text)
            record.exc_info = None
        if record.stack_info:
            record.stack_info = redact(record.stack_info)
        return True
