"""run.json: what a run is and how it stands; tells a run that goes on from one whose process died.

State: running, finished, stopped (by a person), failed (with its error); a running one whose process is gone is killed.
"""

from __future__ import annotations

import json
import os
import socket
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from botframework.training.recipe import RecipeError

STATE_FILE = "run.json"
Status = Literal["running", "finished", "stopped", "failed", "killed"]


@dataclass(frozen=True, slots=True)
class RunState:
    """One run: its kind (pretrain, finetune, …), what it was started with, and how it stands.

    `process` is (host, process id, when the process began), to find out whether it lives.
    """

    kind: str
    state: Status
    started: str
    ended: str | None = None
    error: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    process: tuple[str, int, str] = ("", 0, "")

    @property
    def status(self) -> Status:
        """The state, where a running one whose process is gone is killed."""
        return "killed" if self.state == "running" and not is_alive(self.process) else self.state


def now() -> str:
    """This moment in UTC, ISO 8601 to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def this_process() -> tuple[str, int, str]:
    """What `is_alive` asks for."""
    return (socket.gethostname(), os.getpid(), _birth(os.getpid()))


def is_elsewhere(process: tuple[str, int, str]) -> bool:
    """Whether that process was started on another machine, or in another container."""
    return process[0] != socket.gethostname()


def is_alive(process: tuple[str, int, str]) -> bool:
    """Whether that process still runs; one on another machine is believed to."""
    _, number, birth = process
    if is_elsewhere(process):
        return True
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is somebody else's
    return _birth(number) == birth


def _birth(number: int) -> str:
    """When a process began, in the kernel's ticks: a process id alone is given out again; "" where nobody tells."""
    try:
        text = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    return text.rpartition(")")[2].split()[19]


def read_state(folder: Path) -> RunState | None:
    """The state of a run folder; None if it is not one.

    Raises:
        RecipeError: the file is there and is not one of ours.
    """
    path = folder / STATE_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        known = {key: value for key, value in data.items() if key in {f.name for f in fields(RunState)}}
        state = RunState(**known)
        host, number, birth = state.process
        return replace(state, process=(str(host), int(number), str(birth)))
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, AttributeError) as error:
        raise RecipeError(f"{path}: not a run's state: {error}; delete the file to start the run anew") from error


def write_state(folder: Path, state: RunState) -> None:
    """Replace the state, whole or not at all."""
    write_json(folder / STATE_FILE, asdict(state))


def write_json(path: Path, value: Any) -> None:
    """Replace a JSON file, whole or not at all."""
    temporary = path.with_name(path.name + ".new")
    temporary.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    temporary.replace(path)
