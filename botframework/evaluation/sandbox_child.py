"""Runs one untrusted program; the other half of `sandbox`, started as a process of its own with ``-I -S``.

It builds its walls first and runs the program last, in this order: namespaces of its own (user, network, processes,
mounts, IPC) with a root that holds nothing but Python, read-only; limits on CPU time, memory, file size and open files;
a seccomp filter without sockets, processes, signals and tracing; an audit hook in the interpreter. What the system
refuses is left out, and the first line of the report says which walls stand. Knows the standard library alone.
"""

# pathlib is one more import in a process that starts for every answer.
# ruff: noqa: PTH103, PTH109, PTH112, PTH123
from __future__ import annotations

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from collections.abc import Callable
from types import CodeType, ModuleType
from typing import Any

_NAMESPACES = 0x10000000 | 0x40000000 | 0x20000000 | 0x00020000 | 0x08000000 | 0x04000000
"""CLONE_NEWUSER, NEWNET, NEWPID, NEWNS, NEWIPC, NEWUTS."""
_MS_RDONLY, _MS_NOSUID, _MS_NODEV, _MS_REMOUNT, _MS_BIND, _MS_REC, _MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _PR_SET_DUMPABLE = 1, 38, 22, 4
_THREAD = 0x00010000
"""CLONE_THREAD: a new thread is no new process."""
# Numbers of system calls: what opens a connection, makes a process, signals or looks into another, or asks for more
# rights. The last of each row is clone, which is allowed for threads.
_DENIED = {
    "x86_64": (
        0xC000003E,
        {
            **dict.fromkeys((41, 42, 43, 44, 46, 47, 49, 50, 53, 288, 299, 307), 1),  # sockets
            **dict.fromkeys((57, 58, 59, 322), 1),  # fork, vfork, execve, execveat
            **dict.fromkeys((62, 129, 200, 234, 297, 424, 101, 310, 311, 434), 1),  # signals, ptrace, other memories
            **dict.fromkeys((155, 165, 166, 161, 272, 308, 321, 248, 249, 250, 298, 323, 425, 426, 427), 1),
        },
        56,
        435,
    ),
    "aarch64": (
        0xC00000B7,
        {
            **dict.fromkeys((198, 199, 200, 201, 202, 203, 206, 207, 211, 212, 242, 243, 269), 1),
            **dict.fromkeys((221, 281), 1),
            **dict.fromkeys((129, 130, 131, 138, 240, 424, 117, 270, 271, 434), 1),
            **dict.fromkeys((41, 40, 39, 51, 97, 268, 280, 217, 218, 219, 241, 282, 425, 426, 427), 1),
        },
        220,
        435,
    ),
}
_REFUSED = (
    *(
        "socket.",
        "subprocess.",
        "os.fork",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.system",
        "os.kill",
        "os.putenv",
    ),
    *(
        "os.chown",
        "os.link",
        "os.symlink",
        "ctypes.",
        "pty.",
        "signal.pthread_kill",
    ),
    *("ftplib.", "urllib.", "webbrowser.", "syslog.", "resource.set"),
)
_READS = ("os.listdir", "os.scandir", "os.chdir")
_CHANGES = (
    *("os.remove", "os.rmdir", "os.mkdir", "os.truncate", "os.rename", "os.chmod"),
    *("shutil.rmtree", "shutil.move"),
)
"""Allowed in the room alone; the first argument names a path, of a renaming the second one too."""


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _call(function: Any, *arguments: Any) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _namespaces(room: str) -> bool:
    """Move into namespaces of our own, with a root of our own in ``room``; False where the system refuses.

    The caller goes on as the first process of them; its parent waits for it and ends with its status.
    """
    libc = _libc()
    uid, gid = os.getuid(), os.getgid()
    try:
        _call(libc.unshare, _NAMESPACES)
    except (OSError, AttributeError):
        return False
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        try:
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        except OSError:
            break
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        os._exit(os.waitstatus_to_exitcode(status) & 0xFF)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    try:
        _own_root(libc, room)
    except OSError:
        return True  # the network and the processes are walled off all the same; the audit hook guards the files
    return True


def _own_root(libc: Any, room: str) -> None:
    """A root that holds Python's own folders, read-only, and one empty folder."""

    def mount(source: str, target: str, kind: str, flags: int, data: str = "") -> None:
        _call(libc.mount, source.encode(), target.encode(), kind.encode(), flags, data.encode())

    mount("none", "/", "none", _MS_REC | _MS_PRIVATE)
    mount("tmpfs", room, "tmpfs", _MS_NOSUID | _MS_NODEV, "size=4m,mode=755")
    kept = {sys.base_prefix, sys.base_exec_prefix, "/usr/lib", "/lib", "/lib64", "/usr/lib64"}
    for folder in sorted(kept):
        if os.path.isdir(folder):
            inside = room + folder
            os.makedirs(inside, exist_ok=True)
            mount(folder, inside, "none", _MS_BIND | _MS_REC)
            mount("none", inside, "none", _MS_BIND | _MS_REMOUNT | _MS_RDONLY | _MS_NOSUID | _MS_NODEV)
    os.makedirs(f"{room}/work")
    os.chroot(room)
    os.chdir("/work")


def _limits(memory: int, cpu: int, file_size: int) -> None:
    for kind, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, cpu),
        (resource.RLIMIT_FSIZE, file_size),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(kind, (value, value))


def _seccomp() -> bool:
    """Refuse the system calls of ``_DENIED`` from here on; False where that cannot be."""
    known = _DENIED.get(os.uname().machine) if sys.platform == "linux" else None
    if known is None:
        return False
    architecture, denied, clone, clone3 = known
    refuse, allow, no_such_call = 0x00050001, 0x7FFF0000, 0x00050026  # ERRNO|EPERM, ALLOW, ERRNO|ENOSYS

    def op(code: int, k: int, true: int = 0, false: int = 0) -> bytes:
        return struct.pack("HBBI", code, true, false, k)

    load, equal, any_bit, give = 0x20, 0x15, 0x45, 0x06
    program = [op(load, 4), op(equal, architecture, 1, 0), op(give, 0x80000000), op(load, 0)]
    if architecture == 0xC000003E:
        program += [op(0x35, 0x40000000, 0, 1), op(give, refuse)]  # the x32 numbers of the same calls
    for number in denied:
        program += [op(equal, number, 0, 1), op(give, refuse)]
    # glibc falls back to clone, whose flags can be looked at
    program += [op(equal, clone3, 0, 1), op(give, no_such_call)]
    program += [op(equal, clone, 0, 3), op(load, 16), op(any_bit, _THREAD, 1, 0), op(give, refuse), op(give, allow)]
    text = b"".join(program)
    buffer = ctypes.create_string_buffer(text, len(text))
    filter_ = ctypes.create_string_buffer(struct.pack("HP", len(program), ctypes.addressof(buffer)), 16)
    libc = _libc()
    if libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        return False
    return bool(libc.prctl(_PR_SET_SECCOMP, 2, ctypes.c_void_p(ctypes.addressof(filter_)), 0, 0) == 0)


def _audit(room: str) -> None:
    """Refuse in the interpreter what the walls outside may not be there to refuse; it cannot be taken away again."""
    readable = tuple(os.path.realpath(folder) + os.sep for folder in {sys.base_prefix, sys.base_exec_prefix, room})
    own = room + os.sep
    realpath, isinstance_, str_, fsdecode = os.path.realpath, isinstance, str, os.fsdecode
    writes = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise PermissionError(f"{event} is not allowed here")
        if event in _CHANGES:
            allowed: tuple[str, ...] = (own,)
        elif event in _READS:
            allowed = readable
        elif event == "open":
            allowed = (own,) if isinstance_(arguments[-1], int) and arguments[-1] & writes else readable
        else:
            return
        for name in arguments[: 2 if event == "os.rename" else 1]:
            if isinstance_(name, (str_, bytes, os.PathLike)):
                path = realpath(fsdecode(name))
                if not (path + os.sep).startswith(allowed):
                    raise PermissionError(f"{path} is out of bounds")

    sys.addaudithook(hook)


def _run(program: CodeType, report: Callable[..., None], secret: str) -> None:
    """Run the program and say how it ended; ``secret`` vouches that its last line was reached."""
    module = ModuleType("answer")
    sys.modules["answer"] = module  # dataclasses look their module up
    try:
        exec(program, module.__dict__)
    except BaseException as error:
        report(error=f"{type(error).__name__}: {error}"[:300])
    else:
        report(done=secret)


def main() -> None:
    """Read the task from stdin, build the walls, run, report on the pipe that the task names."""
    task = json.loads(sys.stdin.read())
    channel = int(task["report"])
    room = os.getcwd()

    def report(**line: Any) -> None:
        os.write(channel, json.dumps(line).encode() + b"\n")

    try:
        program = compile(task["program"], "<answer>", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        report(error=f"{type(error).__name__}: {error}"[:300])
        return
    walls = ["limits"]
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if "namespaces" in task["walls"] and _namespaces(room):
            walls.append("namespaces")
            if os.getcwd() == "/work":
                walls.append("root")
                room = "/work"
    _limits(int(task["memory"]), int(task["cpu"]), int(task["file_size"]))
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
        if "seccomp" in task["walls"] and _seccomp():
            walls.append("seccomp")
    os.environ.clear()
    if "audit" in task["walls"]:
        _audit(room)
        walls.append("audit")
    report(walls=walls)
    _run(program, report, task["secret"])


if __name__ == "__main__":
    main()
    # Threads and exit handlers of the program have no say any more.
    os._exit(0)
