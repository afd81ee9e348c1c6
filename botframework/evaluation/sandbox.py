"""Runs a program that nobody has read, so that it can neither hang nor harm; knows no model and no task.

Each run is a Python process of its own (``-I -S``: the standard library alone) with an empty temporary folder, no
environment and no standard input. Its walls, as far as the system allows them:

* ``namespaces``: no network at all, no other process to be seen or signalled, and whatever it starts dies with it;
* ``root``: no file but Python's own, read-only, and a folder of 4 MB in memory (no ``/etc/passwd``, no home);
* ``seccomp``: no socket, no new process, no signal, no tracing, whatever library asks (Linux on x86-64 and ARM64);
* ``limits``: CPU time, memory, size of files, open files; wall time is kept by us;
* ``audit``: the interpreter itself refuses sockets, processes, signals, ctypes and files elsewhere. Where the first
  three are missing (other systems, a container that forbids them) it stands alone: enough against a model's mistakes,
  not against a determined attacker.

`Outcome.walls` says which of them stood. A run passes only when its last line was reached, which a secret vouches for:
an exit status means nothing. The secret is in the same process, so an answer written to forge it could; what a language
model writes as the solution of a task does not.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import selectors
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["WALLS", "Limits", "Outcome", "run_python"]

WALLS = ("namespaces", "seccomp", "audit")
"""The walls that can be left out, to test the others by themselves."""
_REPORT = 1 << 16
_CHILD = str(Path(__file__).with_name("sandbox_child.py"))


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may use: seconds of wall time, seconds of CPU, bytes of memory, bytes of a file."""

    seconds: float = 5.0
    cpu: int = 5
    memory: int = 512 << 20
    file_size: int = 1 << 20


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Args:
        passed: the program's last line was reached.
        problem: what went wrong, in one line; empty when it passed.
        walls: what kept it in.
        seconds: wall time.
    """

    passed: bool
    problem: str
    walls: tuple[str, ...]
    seconds: float


def run_python(program: str, limits: Limits | None = None, walls: tuple[str, ...] = WALLS) -> Outcome:
    """Run a program to its end or its limits. Blocks; may be called from several threads.

    Args:
        walls: those of ``WALLS`` to try; the limits always stand.
    """
    limits = limits or Limits()
    secret = secrets.token_hex(16)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="botframework-eval-", ignore_cleanup_errors=True) as room:
        reading, writing = os.pipe()
        task = {
            "program": program,
            "secret": secret,
            "report": writing,
            "walls": walls,
            "memory": limits.memory,
            "cpu": limits.cpu,
            "file_size": limits.file_size,
        }
        try:
            process = subprocess.Popen(
                [getattr(sys, "_base_executable", None) or sys.executable, "-I", "-S", "-B", "-W", "ignore", _CHILD],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=room,
                env={},
                pass_fds=(writing,),
                start_new_session=True,
            )
        finally:
            os.close(writing)
        try:
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(json.dumps(task).encode())
                process.stdin.close()
            said, in_time = _read(reading, begin + limits.seconds)
        finally:
            os.close(reading)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    ending = f"ended early, with status {process.returncode}" if in_time else f"stopped after {limits.seconds:g} s"
    return _outcome(said, secret, ending, time.monotonic() - begin)


def _read(channel: int, until: float) -> tuple[bytes, bool]:
    """(what was reported, whether the run ended by itself); a report longer than any of ours ends the run."""
    said = b""
    with selectors.DefaultSelector() as selector:
        selector.register(channel, selectors.EVENT_READ)
        while len(said) < _REPORT:
            left = until - time.monotonic()
            if left <= 0 or not selector.select(left):
                return said, False
            chunk = os.read(channel, 4096)
            if not chunk:
                return said, True
            said += chunk
    return said, True


def _outcome(said: bytes, secret: str, ending: str, seconds: float) -> Outcome:
    lines: list[dict[str, Any]] = []
    for line in said.splitlines():
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict):
            lines.append(found)
    walls = next((tuple(map(str, line["walls"])) for line in lines if "walls" in line), ())
    if any(line.get("done") == secret for line in lines):
        return Outcome(True, "", walls, seconds)
    error = next((str(line["error"]) for line in lines if "error" in line), ending)
    return Outcome(False, error, walls, seconds)
