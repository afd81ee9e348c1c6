"""The sets of LoRA weights that a model has at hand, by name; knows no requests and no batch.

Sets lie in folders, one folder each; of two with the same name the one in the earlier folder counts. A set is read
when it is asked for, and read again when its files have changed since: a request made after a training has ended gets
the new weights, without a restart. Until new files are complete and whole, the set that was read before stays in use.
Requests that run keep the set they began with.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from botframework.engine.lora import LoraSet
from botframework.engine.lora_tensors import LoraTensors
from botframework.errors import ModelError, ModelNotFound

__all__ = ["MAX_RESIDENT", "LoraRegistry"]

logger = logging.getLogger(__name__)

MAX_RESIDENT = 32
"""Sets kept in memory; beyond them the one that was asked for longest ago makes room, to be read again when needed."""

_NEEDED = ("adapter_config.json", "adapter_model.safetensors")
_FILES = (*_NEEDED, "botframework.json")
_NAME = re.compile(r"[\w-][\w.-]*")
_PATIENCE = 5
"""Looks at a folder whose files are just being exchanged, with a pause between them."""

Stamp: TypeAlias = tuple[tuple[int, int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class _Held:
    fitted: LoraSet
    stamp: Stamp | None
    """Of the files it was read from; None for a set that was put here by hand."""
    refused: Stamp | None = None
    """Of newer files that could not be used."""


class LoraRegistry:
    """Sets of LoRA weights by name; every method may be called from any thread.

    Args:
        fit: lays a set out for the model.
        roots: the folders that hold a folder for each set, the first to be asked first; none: there are only those that
            are put here by hand.
        base: the model's fingerprint, which a set's own note must name if it names any; asked for at most once.
        max_resident: most sets that were read from files and are kept.
    """

    def __init__(
        self,
        fit: Callable[[LoraTensors], LoraSet],
        roots: Sequence[Path] = (),
        base: Callable[[], str] | None = None,
        max_resident: int = MAX_RESIDENT,
    ) -> None:
        self.roots = tuple(roots)
        self._fit = fit
        self._base = base
        self._fingerprint: str | None = None
        self._most = max_resident
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._lock = threading.Lock()

    def names(self) -> list[str]:
        """Every set that can be asked for."""
        by_hand = {name for name, held in list(self._held.items()) if held.stamp is None}
        folders = (folder for root in self.roots if root.is_dir() for folder in root.iterdir())
        return sorted({folder.name for folder in folders if self._complete(folder)} | by_hand)

    @property
    def resident(self) -> list[str]:
        """The sets in memory, the one asked for longest ago first."""
        return list(self._held)

    def put(self, tensors: LoraTensors) -> None:
        """Add a set, or replace the one of its name; running requests keep the old one.

        Raises:
            ModelError: it does not fit the model.
        """
        fitted = self._fit(tensors)
        with self._lock:
            self._held[tensors.name] = _Held(fitted, None)

    def remove(self, name: str) -> None:
        """Forget a set; running requests keep it. One whose files are still there is read again when asked for."""
        with self._lock:
            self._held.pop(name, None)

    def get(self, name: str) -> LoraSet:
        """The set as its files are now; blocks while they are read.

        Raises:
            ModelNotFound: there is none of this name, or its files cannot be used and never could.
            ModelError: it does not fit the model.
        """
        with self._lock:
            held = self._held.get(name)
            if held is not None and held.stamp is None:
                return held.fitted
            if not self.roots or not _NAME.fullmatch(name):
                raise self._unknown(name)
            folder = next((root / name for root in self.roots if (root / name).is_dir()), self.roots[0] / name)
            stamp = self._stamp(folder, looks=1 if held is None else _PATIENCE)
            same = folder.is_dir() if stamp is None else held is not None and stamp in {held.stamp, held.refused}
            if held is not None and same:
                self._held.move_to_end(name)
                return held.fitted
            if stamp is None:
                self._held.pop(name, None)
                raise self._unknown(name)
            return self._read(name, folder, held)

    def _read(self, name: str, folder: Path, held: _Held | None) -> LoraSet:
        began = time.monotonic()
        stamp = None
        for _ in range(_PATIENCE):
            stamp = self._stamp(folder)
            try:
                fitted = self._fit(self._checked(LoraTensors.load(folder, name)))
            except ModelError as error:
                if self._stamp(folder) != stamp:
                    continue  # the files changed while they were being read
                if held is None:
                    raise
                logger.warning("the new LoRA weights %r cannot be used, the old ones stay: %s", name, error)
                self._held[name] = _Held(held.fitted, held.stamp, stamp)
                return held.fitted
            if self._stamp(folder) == stamp:
                self._held[name] = _Held(fitted, stamp)
                self._held.move_to_end(name)
                self._make_room()
                logger.info("loaded the LoRA weights %r in %.2f s", name, time.monotonic() - began)
                return fitted
        if held is not None:
            return held.fitted
        raise ModelNotFound(f"the LoRA weights in {folder} are being written; ask again when they are complete")

    def _checked(self, tensors: LoraTensors) -> LoraTensors:
        """Refuse a set whose note names another model.

        Raises:
            ModelError: it does.
        """
        base = tensors.note.get("base")
        wanted = base.get("fingerprint") if isinstance(base, dict) else None
        if wanted and self._base is not None:
            if self._fingerprint is None:
                self._fingerprint = self._base()
            if wanted != self._fingerprint:
                named = base.get("name") if isinstance(base, dict) else None
                raise ModelError(
                    f"the LoRA weights {tensors.name!r} belong to another model: {named or 'one'} with the fingerprint "
                    f"{wanted}, and this one has {self._fingerprint}; train them again on this one"
                )
        return tensors

    def _make_room(self) -> None:
        read = [name for name, held in self._held.items() if held.stamp is not None]
        for name in read[: max(0, len(read) - self._most)]:
            del self._held[name]

    def _unknown(self, name: str) -> ModelNotFound:
        where = f" in {self.roots[0]}" if self.roots else ""
        return ModelNotFound(f"there are no LoRA weights {name!r}{where} (there: {', '.join(self.names()) or 'none'})")

    @staticmethod
    def _complete(folder: Path) -> bool:
        return bool(_NAME.fullmatch(folder.name)) and all((folder / file).is_file() for file in _NEEDED)

    @staticmethod
    def _stamp(folder: Path, looks: int = _PATIENCE) -> Stamp | None:
        """What tells one state of the files from another; None when they stay incomplete.

        A folder that is being exchanged for another is away for a moment, so one look is not enough to miss it.
        """
        for attempt in range(looks):
            if attempt:
                time.sleep(0.02)
            found = tuple(_stat(folder / file) for file in _FILES)
            if all(found[: len(_NEEDED)]):
                return found
        return None


def _stat(file: Path) -> tuple[int, int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
