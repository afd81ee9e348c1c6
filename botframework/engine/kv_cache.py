"""Keys and values of the running sequences, one row each, in tensors that are reused from step to step.

Row ``i`` holds its tokens at positions ``0 … length - 1``; what lies behind is masked by the caller. Rows are kept
without holes, so that a step reads one slice of the storage. Knows no scheduling and no tokens.
"""

from __future__ import annotations

import torch
from torch import Tensor

__all__ = ["RowCache"]

_GRAIN = 256  # tokens; storage grows and shrinks in these steps


class RowCache:
    """Storage whose rows come and go while the others keep generating.

    Args:
        num_layers: layers that store keys and values.
        max_length: most tokens in a row.
    """

    def __init__(self, num_layers: int, max_length: int) -> None:
        self.max_length = max_length
        self._keys: list[Tensor | None] = [None] * num_layers  # each (R, Hkv, C, D)
        self._values: list[Tensor | None] = [None] * num_layers
        self._rows = 0
        self._capacity = 0
        self._row: int | None = None
        self._positions: Tensor | None = None  # (B,)
        self._row_ids = torch.arange(0)  # (B,)
        self.start = 0
        self.end = 0

    @property
    def num_bytes(self) -> int:
        """Bytes that the storage takes now."""
        return sum(t.numel() * t.element_size() for t in (*self._keys, *self._values) if t is not None)

    def fit(self, rows: int, length: int) -> None:
        """Make room for ``rows`` rows of ``length`` tokens, or give back what is no longer needed."""
        if rows == 0:
            self._rows = self._capacity = 0
            self._keys = [None] * len(self._keys)
            self._values = [None] * len(self._values)
            return
        want_rows = 1 << (rows - 1).bit_length()
        want_capacity = min(self.max_length, -(-length // _GRAIN) * _GRAIN)
        grows = rows > self._rows or length > self._capacity
        shrinks = want_rows * want_capacity * 4 <= self._rows * self._capacity
        if not grows and not shrinks:
            return
        if grows:
            want_rows = max(want_rows, self._rows)
            if length > self._capacity > 0:
                want_capacity = min(self.max_length, max(want_capacity, self._capacity * 3 // 2))
            want_capacity = max(want_capacity, self._capacity)
        for stored in (self._keys, self._values):
            for layer, old in enumerate(stored):
                if old is not None:
                    stored[layer] = self._resized(old, want_rows, want_capacity)
        self._rows, self._capacity = want_rows, want_capacity

    @staticmethod
    def _resized(old: Tensor, rows: int, capacity: int) -> Tensor:
        new = old.new_zeros(rows, old.shape[1], capacity, old.shape[3])
        r, c = min(rows, old.shape[0]), min(capacity, old.shape[2])
        new[:r, :, :c] = old[:r, :, :c]
        return new

    def move(self, source: int, target: int, length: int) -> None:
        """Copy the first ``length`` tokens of row ``source`` over row ``target``."""
        for stored in (*self._keys, *self._values):
            if stored is not None:
                stored[target, :, :length] = stored[source, :, :length]

    def begin_prefill(self, row: int, start: int, end: int) -> None:
        """The next forward pass writes tokens ``start … end - 1`` of one row."""
        self._row, self.start, self.end = row, start, end

    def begin_decode(self, positions: Tensor, longest: int) -> None:
        """The next forward pass writes one token to each of the first B rows.

        Args:
            positions: (B,) where each row's token goes.
            longest: largest position plus one.
        """
        batch = positions.shape[0]
        self._row = 0 if batch == 1 else None
        self._positions, self.start, self.end = positions, longest - 1, longest
        if self._row_ids.shape[0] != batch:
            self._row_ids = torch.arange(batch, device=positions.device)

    def update(self, new_keys: Tensor, new_values: Tensor, layer: int) -> tuple[Tensor, Tensor]:
        """Store (B, Hkv, T, D) new keys and values; return all of those rows, (B, Hkv, L, D)."""
        keys = self._stored(self._keys, layer, new_keys)
        values = self._stored(self._values, layer, new_values)
        row, end = self._row, self.end
        if row is not None:
            keys[row, :, self.start : end] = new_keys[0]
            values[row, :, self.start : end] = new_values[0]
            return keys[row : row + 1, :, :end], values[row : row + 1, :, :end]
        keys[self._row_ids, :, self._positions] = new_keys[:, :, 0]
        values[self._row_ids, :, self._positions] = new_values[:, :, 0]
        batch = new_keys.shape[0]
        return keys[:batch, :, :end], values[:batch, :, :end]

    def _stored(self, stored: list[Tensor | None], layer: int, like: Tensor) -> Tensor:
        found = stored[layer]
        if found is None:
            # Zeroed, for a masked position still takes part in 0 * value, which garbage could turn into NaN.
            found = like.new_zeros(self._rows, like.shape[1], self._capacity, like.shape[3])
            stored[layer] = found
        return found
