"""Sums up the steps between two lines of the metrics; knows numbers only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from botframework.training.packing import Rows


@dataclass(slots=True)
class Tally:
    """Loss, tokens and time of the steps since the last line; part of a checkpoint, so that no line is lost or bent."""

    steps: int = 0
    loss: float = 0.0
    tokens: int = 0
    targets: int = 0
    seconds: float = 0.0

    def count(self, rows: Rows, loss: float, seconds: float) -> None:
        """Add one step."""
        self.steps += 1
        self.loss += loss
        self.tokens += rows.num_tokens
        self.targets += rows.num_targets
        self.seconds += seconds

    def line(self) -> dict[str, Any]:
        """Mean loss and speed since the last call."""
        seconds = max(self.seconds, 1e-9)
        line = {
            "loss": round(self.loss / max(1, self.steps), 4),
            "tokens_per_second": round(self.tokens / seconds),
            "targets_per_second": round(self.targets / seconds),
        }
        self.restore(asdict(Tally()))
        return line

    def state(self) -> dict[str, Any]:
        """What `restore` needs, as plain values."""
        return asdict(self)

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        for name, value in state.items():
            setattr(self, name, value)
