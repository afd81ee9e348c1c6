"""How much the manager does at once, and for how long. Knows nothing of what is limited."""

from __future__ import annotations

from pydantic import BaseModel, Field

__all__ = ["Limits"]


class Limits(BaseModel, extra="forbid", frozen=True):
    """How much the manager does at once, and for how long."""

    concurrency: int = Field(8, ge=1, description="answers that run at the same time")
    waiting: int = Field(64, ge=0, description="further answers that wait in line, each told its place")
    timeout: float = Field(120.0, gt=0, description="seconds after which an answer is given up")
    lease: float = Field(30.0, gt=0, description="seconds after which another worker may take over an event")
    heartbeat: float = Field(0.25, gt=0, description="seconds between two looks at the running answers")
    working: float = Field(4.0, gt=0, description='seconds between two "typing" signs')
    interrupt: bool = Field(False, description="a new message ends the answer that is running in its conversation")
    stop_words: tuple[str, ...] = Field(
        ("stop", "停", "停止", "停下", "别说了", "stopp", "arrête", "para"),
        description="messages that do what /stop does",
    )
    history: int = Field(50, ge=0, description="earlier turns that a skill is given")
