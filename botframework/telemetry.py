"""What an operator sees of a running bot: Prometheus metrics and logs without secrets; knows no channel and no model.

Model metrics carry OpenTelemetry's GenAI names with Prometheus' underscores: ``gen_ai_client_token_usage``,
``gen_ai_client_operation_duration_seconds``, ``gen_ai_server_time_to_first_token_seconds``.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from botframework.middleware.redaction import Redaction
from botframework.turn import Observer, Turn

__all__ = ["JsonFormatter", "Telemetry", "configure_logging"]

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120)
_TOKENS = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536)


class Telemetry(Observer):
    """The metrics of one bot, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.turns = Counter(
            "botframework_turns", "Events handled.", ["channel", "skill", "outcome"], registry=self.registry
        )
        self.retries = Counter(
            "botframework_turn_retries",
            "Turns that failed and were put back, or parked after the last attempt.",
            ["channel"],
            registry=self.registry,
        )
        self.waited = Histogram(
            "botframework_queue_wait_seconds",
            "Seconds between an event's commit and its claim.",
            ["channel"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.took = Histogram(
            "botframework_turn_duration_seconds",
            "Seconds from an event's claim to the last part delivered.",
            ["channel", "skill"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.tokens = Histogram(
            "gen_ai_client_token_usage",
            "Tokens per turn.",
            ["gen_ai_operation_name", "gen_ai_request_model", "gen_ai_token_type"],
            buckets=_TOKENS,
            registry=self.registry,
        )
        self.operation = Histogram(
            "gen_ai_client_operation_duration_seconds",
            "Seconds of the turns that used the model.",
            ["gen_ai_operation_name", "gen_ai_request_model"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.first_token = Histogram(
            "gen_ai_server_time_to_first_token_seconds",
            "Seconds from claim to the first text.",
            ["gen_ai_operation_name", "gen_ai_request_model"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.queue = Gauge("botframework_queue_events", "Events in each state.", ["state"], registry=self.registry)
        self.contact_age = Gauge(
            "botframework_channel_last_contact_age_seconds",
            "Seconds since the last successful exchange with the platform.",
            ["channel"],
            registry=self.registry,
        )
        self.up = Gauge("botframework_channel_up", "1 while the channel runs.", ["channel"], registry=self.registry)
        self.restarts = Counter(
            "botframework_channel_restarts",
            "Times a channel was started again after it failed.",
            ["channel"],
            registry=self.registry,
        )

    def turn_finished(self, turn: Turn) -> None:
        """Count a closed turn."""
        record, channel = turn.record(), turn.event.channel
        skill = record.decision.skill
        self.turns.labels(channel, skill, record.outcome).inc()
        self.waited.labels(channel).observe(record.waited)
        self.took.labels(channel, skill).observe(record.took)
        if record.input_tokens or record.output_tokens:
            self.tokens.labels("chat", record.model, "input").observe(record.input_tokens)
            self.tokens.labels("chat", record.model, "output").observe(record.output_tokens)
            self.operation.labels("chat", record.model).observe(record.took)
            self.first_token.labels("chat", record.model).observe(record.first_text)

    def turn_retried(self, turn: Turn, reason: str) -> None:
        """Count a turn that the queue tries again or parks."""
        self.retries.labels(turn.event.channel).inc()

    def render(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class _Configured(logging.Filter):
    """Masks the configuration's own secrets, whatever their shape; runs after ``Redaction``."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = tuple(secret for secret in secrets if len(secret) >= 6)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass, its text and its exception's masked."""
        for secret in self._secrets:
            record.msg = str(record.msg).replace(secret, "[secret]")
            if record.exc_text:
                record.exc_text = record.exc_text.replace(secret, "[secret]")
        return True


_ORDINARY = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


class JsonFormatter(logging.Formatter):
    """One JSON object per record; what was given as ``extra`` are fields of their own."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as one line."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: value for name, value in vars(record).items() if name not in _ORDINARY}
        if record.exc_text:
            line["exception"] = record.exc_text
        return json.dumps(line, ensure_ascii=False, default=str)


def configure_logging(
    level: str = "info",
    style: Literal["auto", "text", "json"] = "auto",
    secrets: Iterable[str] = (),
    file: Path | None = None,
) -> None:
    """Log to standard error or to a file, without secrets.

    Args:
        level: of this project's own loggers; other libraries' say only warnings, unless it is ``debug``.
        style: ``auto`` is ``text`` in a terminal and ``json`` elsewhere.
        secrets: texts that must never appear.
        file: where to log instead of standard error.
    """
    as_json = style == "json" or (style == "auto" and not sys.stderr.isatty())
    handler: logging.Handler
    if file is None and not as_json and sys.stderr.isatty():
        from rich.console import Console
        from rich.logging import RichHandler

        handler = RichHandler(console=Console(stderr=True), show_path=False, log_time_format="%H:%M:%S")
        handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    else:
        handler = logging.FileHandler(file, encoding="utf-8") if file else logging.StreamHandler(sys.stderr)
        text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
        handler.setFormatter(JsonFormatter() if as_json else text)
    handler.addFilter(Redaction())
    handler.addFilter(_Configured(secrets))
    logging.basicConfig(level="DEBUG" if level == "debug" else "WARNING", handlers=[handler], force=True)
    logging.getLogger("botframework").setLevel(level.upper())
    for name in ("botframework_console", "botframework_telegram", "botframework_slack"):
        logging.getLogger(name).setLevel(level.upper())
