"""Finds equal numbers among more of them than memory holds; knows not what they stand for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

_PARTS = 16


class Hashes:
    """64-bit hashes with the index of what they are of, on disk, in parts that are sorted one at a time."""

    def __init__(self, folder: Path, name: str) -> None:
        """Keep the parts in files of `folder`."""
        self._paths = [folder / f"{name}.{part}" for part in range(_PARTS)]
        self._files: list[IO[bytes]] = [path.open("wb") for path in self._paths]

    def add(self, hashes: NDArray[np.uint64], indices: NDArray[np.int64]) -> None:
        """Add (N,) hashes and the (N,) indices that they belong to."""
        pairs = np.stack([hashes, indices.astype(np.uint64)], axis=1)  # (N, 2)
        parts = (hashes >> np.uint64(60)).astype(np.int64)
        order = np.argsort(parts, kind="stable")
        bounds = np.searchsorted(parts[order], np.arange(_PARTS + 1))
        for part, file in enumerate(self._files):
            file.write(pairs[order[bounds[part] : bounds[part + 1]]].tobytes())

    def repeated(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """(first, later): for every index whose hash an earlier index has, the earliest such index; part by part."""
        self.close()
        for path in self._paths:
            pairs = np.fromfile(path, np.uint64).reshape(-1, 2)
            path.unlink()
            if not len(pairs):
                continue
            pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
            new = np.ones(len(pairs), np.bool_)
            new[1:] = pairs[1:, 0] != pairs[:-1, 0]
            firsts = pairs[new, 1][np.cumsum(new) - 1].astype(np.int64)
            yield firsts[~new], pairs[~new, 1].astype(np.int64)

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()
