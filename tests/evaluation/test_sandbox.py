"""An answer that nobody has read can neither hang nor harm."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from botframework.evaluation.sandbox import WALLS, Limits, Outcome, run_python

TIGHT = Limits(seconds=4, cpu=2, memory=256 << 20, file_size=1 << 16)
HOSTILE = {
    "forks without end": "import os\nwhile True: os.fork()",
    "takes all memory": "hoard = [0] * 10**9",
    "writes a big file": "with open('big', 'wb') as f:\n    for _ in range(10**6): f.write(b'x' * 10**6)",
    "opens a socket": "import socket\nsocket.socket()",
    "asks a name server": "import socket\nsocket.getaddrinfo('localhost', 80)",
    "reads the password file": "open('/etc/passwd').read()",
    "looks into the home folder": "import os\nos.listdir(os.path.expanduser('~root'))",
    "starts a program": "import subprocess\nsubprocess.run(['ls'])",
    "fakes success by its status": "import os\nos._exit(0)",
    "leaves early": "import sys\nsys.exit(0)",
    "kills its parent": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "kills everything": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "goes around Python": "import ctypes\nctypes.CDLL(None).system(b'true')",
    "writes success itself": 'import os\nfor n in range(3, 20):\n    try: os.write(n, b\'{"done": "x"}\\n\')\n'
    "    except OSError: pass\nos._exit(0)",
}


def run(program: str, walls: tuple[str, ...] = WALLS) -> Outcome:
    """Run under tight limits."""
    return run_python(program, TIGHT, walls)


def test_a_right_answer_passes_and_a_wrong_one_says_why() -> None:
    """The last line is reached or the assertion is named."""
    assert run("assert sorted([2, 1]) == [1, 2]").passed
    wrong = run("assert 1 == 2, 'no'")
    assert not wrong.passed
    assert wrong.problem == "AssertionError: no"
    assert run("def broken(:").problem.startswith("SyntaxError")


def test_an_answer_may_use_the_standard_library_its_own_folder_and_threads() -> None:
    """What tasks need is there."""
    program = """
import collections, dataclasses, decimal, itertools, json, math, random, re, threading
with open("notes.txt", "w") as file: file.write("hello")
assert open("notes.txt").read() == "hello"
import os, shutil, tempfile
with tempfile.TemporaryDirectory() as folder:
    shutil.copy("notes.txt", folder)
    os.rename(os.path.join(folder, "notes.txt"), "again.txt")
assert sorted(os.listdir()) == ["again.txt", "notes.txt"]
assert not os.path.exists(folder)
thread = threading.Thread(target=lambda: None); thread.start(); thread.join()
@dataclasses.dataclass
class Book:
    title: "str"
assert Book("x").title == "x"
"""
    for walls in (WALLS, ("audit",)):
        outcome = run(program, walls)
        assert outcome.passed, outcome.problem


@pytest.mark.parametrize("walls", [WALLS, ("audit",)], ids=["all walls", "the interpreter's own"])
@pytest.mark.parametrize("deed", HOSTILE)
def test_a_hostile_answer_fails_and_does_no_harm(deed: str, walls: tuple[str, ...]) -> None:
    """Whatever it tries, it does not pass, it ends in time, and we are still here."""
    outcome = run(HOSTILE[deed], walls)
    assert not outcome.passed
    assert outcome.seconds < TIGHT.seconds + 3
    assert "limits" in outcome.walls


@pytest.mark.parametrize("walls", [WALLS, ("audit",)], ids=["all walls", "the interpreter's own"])
@pytest.mark.parametrize(
    "deed",
    [
        "shutil.rmtree({folder!r})",
        "os.rename({file!r}, 'x')",
        "os.rename('own', {other!r})",
        "shutil.move('own', {other!r})",
        "shutil.copy('own', {other!r})",
        "os.chmod({file!r}, 0)",
        "os.truncate({file!r}, 0)",
    ],
)
def test_nothing_outside_is_moved_or_changed(deed: str, walls: tuple[str, ...], tmp_path: Path) -> None:
    """Neither out of the room nor into it."""
    file, other = tmp_path / "file", tmp_path / "other"
    file.write_text("x")
    before = file.stat().st_mode
    names = {"folder": str(tmp_path), "file": str(file), "other": str(other)}
    outcome = run(f"import os, shutil\nopen('own', 'w').close()\n{deed.format(**names)}", walls)
    assert not outcome.passed
    assert file.read_text() == "x"
    assert file.stat().st_mode == before
    assert not other.exists()


@pytest.mark.parametrize("program", ["while True: pass", "while True: print('x' * 10_000)"], ids=["loops", "prints"])
def test_an_answer_without_end_is_stopped(program: str) -> None:
    """It is stopped by the clock or by its share of the processor."""
    outcome = run_python(program, Limits(seconds=1.5, cpu=1))
    assert not outcome.passed
    assert outcome.seconds < 5


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
@pytest.mark.parametrize(
    "program",
    [
        "import socket; socket.socket()",
        "import os; os.fork()",
        "import os; os.kill(os.getpid(), 9)",
        "import os; os.execv('/bin/true', ['true'])",
    ],
    ids=["socket", "fork", "kill", "exec"],
)
def test_the_kernel_itself_refuses_what_the_interpreter_would_let_through(program: str) -> None:
    """Without the audit hook the filter of system calls still refuses."""
    outcome = run(program, ("seccomp",))
    if "seccomp" not in outcome.walls:
        pytest.skip("this machine has no seccomp")
    assert not outcome.passed
    assert outcome.problem.startswith("PermissionError")


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")
def test_in_its_own_namespaces_an_answer_sees_no_file_and_no_process_of_ours() -> None:
    """Without hook and filter there is still nothing to read, and what it starts dies with it."""
    program = "import os\nassert not os.path.exists('/etc/passwd')\nassert os.getpid() < 5\nos.fork()"
    outcome = run(program, ("namespaces",))
    if "root" not in outcome.walls:
        pytest.skip("this machine allows no namespaces of one's own")
    assert outcome.passed, outcome.problem


def test_nothing_is_left_of_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The temporary folder is gone, and no environment of ours was there to be read."""
    monkeypatch.setenv("A_SECRET", "x")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    outcome = run("import os\nassert 'A_SECRET' not in os.environ\nopen('left', 'w').write('x')")
    assert outcome.passed, outcome.problem
    assert os.listdir(tmp_path) == []  # noqa: PTH208 - one call
