"""What a run ran on: machine, versions, data files; knows nothing of the run itself."""

from __future__ import annotations

import hashlib
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

PACKAGES = ("botframework", "torch", "transformers", "tokenizers", "numpy", "peft", "trl")


def environment_now(files: Iterable[Path] = (), known: Iterable[dict[str, Any]] = ()) -> dict[str, Any]:
    """The machine, the versions, the command line and the data files, as JSON values.

    Args:
        files: data files to describe by size and sha256.
        known: descriptions of an earlier part of the same run; an unchanged file is not read again.
    """
    torch = sys.modules.get("torch")  # whoever trains with it has loaded it; nobody else should have to
    remembered = {(entry["file"], entry["bytes"], entry["changed"]): entry for entry in known}
    gpus = [torch.cuda.get_device_name(index) for index in range(torch.cuda.device_count())] if torch else []
    return {
        "command": shlex.join(sys.argv),
        "folder": str(Path.cwd()),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": cpu_model(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads() if torch else None,
        "gpus": gpus,
        "memory_gb": _total_memory_gb(),
        "packages": {name: found for name in PACKAGES if (found := _version(name))},
        "git": _git(Path.cwd()),
        "data": [describe_file(file, remembered) for file in files],
    }


def describe_file(path: Path, remembered: dict[tuple[str, int, float], dict[str, Any]] | None = None) -> dict[str, Any]:
    """A file's place, size in bytes, time of its last change and sha256."""
    stat = path.stat()
    key = (str(path), stat.st_size, stat.st_mtime)
    if remembered and key in remembered:
        return remembered[key]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"file": key[0], "bytes": key[1], "changed": key[2], "sha256": digest}


def cpu_model() -> str:
    """The processor's name."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    names = [line.split(":", 1)[1].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def memory_bytes() -> int:
    """What this process holds: on a GPU its tensors there, otherwise its resident memory."""
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        return int(torch.cuda.memory_allocated())
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024
    return pages * os.sysconf("SC_PAGE_SIZE")


def _total_memory_gb() -> float | None:
    try:
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1)
    except (ValueError, OSError):
        return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _git(folder: Path) -> dict[str, Any] | None:
    """The commit checked out in `folder` and whether files differ from it; None outside a repository."""

    def ask(*arguments: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    commit = ask("rev-parse", "HEAD")
    if not commit:
        return None
    return {"commit": commit, "changed": bool(ask("status", "--porcelain", "--untracked-files=no"))}
