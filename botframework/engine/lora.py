"""Applies several sets of LoRA weights within one batch, each row its own; knows no files, no requests and no text.

A forward pass consists of products, called sites here; a site may join several linear layers of the checkpoint (q, k
and v). A set that was ``fitted`` to a model holds one pair of matrices for each site that it changes. In a step the
rows are grouped by their sets, so that two batched products serve all sets at once; rows without a set are left out,
and a batch of such rows alone takes the same way as without this file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from botframework.engine.lora_tensors import LoraTensors, LowRank
from botframework.errors import ModelError

__all__ = ["LoraBatch", "LoraRows", "LoraSet", "Projection"]


@dataclass(frozen=True, slots=True)
class Projection:
    """Where a linear layer of the checkpoint stands among a model's sites."""

    site: int
    offset: int
    """The first of its outputs in the site's."""
    width: int
    """All outputs of the site."""
    weight: Tensor  # (out, in)
    bias: Tensor | None  # (out,)


@dataclass(frozen=True, slots=True)
class _Pair:
    """The change of one site: ``x A B``, and for DoRA ``stretch`` times what the site gives without its bias."""

    a: Tensor  # (in, R)
    b: Tensor  # (R, out)
    stretch: Tensor | None  # (out,)
    shift: Tensor | None  # (out,) stretch times bias


class LoraSet:
    """One set of weights fitted to one model, on its device; unchanging, so that running requests keep theirs."""

    __slots__ = ("name", "rank", "sites")

    def __init__(self, name: str, rank: int, sites: Mapping[int, _Pair]) -> None:
        self.name = name
        self.rank = rank
        self.sites = sites

    @property
    def num_bytes(self) -> int:
        """Bytes that its matrices take."""
        pairs = self.sites.values()
        return sum(t.numel() * t.element_size() for p in pairs for t in (p.a, p.b, p.stretch, p.shift) if t is not None)

    @classmethod
    @torch.inference_mode()
    def fitted(cls, tensors: LoraTensors, projections: Mapping[str, Projection]) -> LoraSet:
        """Lay the tensors out for a model.

        Raises:
            ModelError: they change a layer that the model does not have, or has in another size.
        """
        by_site: dict[int, list[tuple[Projection, LowRank]]] = {}
        for path, layer in tensors.layers.items():
            projection = projections.get(path)
            if projection is None:
                raise ModelError(
                    f"the LoRA weights {tensors.name!r} change {path}, but this model has no such linear layer "
                    "between its embeddings and its output; were they made for another model?"
                )
            wanted = tuple(projection.weight.shape)
            given = (layer.b.shape[0], layer.a.shape[1])
            if wanted != given:
                raise ModelError(
                    f"the LoRA weights {tensors.name!r} were made for another model: {path} is {given} there, "
                    f"and {wanted} here"
                )
            by_site.setdefault(projection.site, []).append((projection, layer))
        return cls(tensors.name, tensors.rank, {site: _pair(parts) for site, parts in by_site.items()})


def _pair(parts: Sequence[tuple[Projection, LowRank]]) -> _Pair:
    """The layers of one site as one pair: their A side by side, their B as blocks of an otherwise empty matrix."""
    first = parts[0][0]
    like = first.weight
    rank = sum(layer.rank for _, layer in parts)
    a = like.new_zeros(like.shape[1], rank)
    b = like.new_zeros(rank, first.width)
    stretched = any(layer.magnitude is not None for _, layer in parts)
    stretch = like.new_zeros(first.width) if stretched else None
    shift = like.new_zeros(first.width) if stretched else None
    row = 0
    for projection, layer in parts:
        down, up = (t.to(device=like.device, dtype=torch.float32) for t in (layer.a, layer.b))
        up = up * layer.scaling  # (out, r)
        columns = slice(projection.offset, projection.offset + projection.weight.shape[0])
        if layer.magnitude is not None and stretch is not None and shift is not None:
            length = (projection.weight.float() + up @ down).norm(dim=1)  # (out,)
            factor = layer.magnitude.to(device=like.device, dtype=torch.float32) / length
            up = up * factor[:, None]
            stretch[columns] = (factor - 1).to(like.dtype)
            if projection.bias is not None:
                shift[columns] = ((factor - 1) * projection.bias.float()).to(like.dtype)
        a[:, row : row + layer.rank] = down.t().to(like.dtype)
        b[row : row + layer.rank, columns] = up.t().to(like.dtype)
        row += layer.rank
    return _Pair(a, b, stretch, shift)


class LoraRows(Protocol):
    """What one forward pass applies."""

    def add(self, site: int, x: Tensor, y: Tensor) -> None:
        """Change a site's result in place.

        Args:
            site: which product this is.
            x: (B, T, in) what went into it.
            y: (B, T, out) what came out of it.
        """


class _OneForAll:
    """Every row has the same set."""

    def __init__(self, used: LoraSet) -> None:
        self._sites = used.sites

    def add(self, site: int, x: Tensor, y: Tensor) -> None:
        pair = self._sites.get(site)
        if pair is None:
            return
        inner = torch.mm(x.reshape(-1, x.shape[-1]), pair.a)  # (B T, R)
        flat = y.view(-1, y.shape[-1])
        if pair.stretch is not None and pair.shift is not None:
            flat.add_(flat * pair.stretch - pair.shift)
        flat.addmm_(inner, pair.b)


@dataclass(frozen=True, slots=True)
class _Stacked:
    """The pairs of several sets at one site, ranks filled up with zeros."""

    a: Tensor  # (S, in, R)
    b: Tensor  # (S, R, out)
    stretch: Tensor | None  # (S, out)
    shift: Tensor | None  # (S, out)


class _Mixed:
    """Rows of one token each, with several sets or none.

    Args:
        stacks: by site, S sets each.
        groups: for every row the index of its set in the stacks, -1 for none.
    """

    def __init__(self, stacks: Mapping[int, _Stacked], num_sets: int, groups: Sequence[int], device: torch.device):
        self._stacks = stacks
        members: list[list[int]] = [[] for _ in range(num_sets)]
        for row, group in enumerate(groups):
            if group >= 0:
                members[group].append(row)
        self._size = size = max(map(len, members))
        # A short group is filled up with its batch's first row; what comes out there is never looked at.
        padded = [row for rows in members for row in (*rows, *[0] * (size - len(rows)))]
        changed = [row for row, group in enumerate(groups) if group >= 0]
        places = [groups[row] * size + members[groups[row]].index(row) for row in changed]
        self._gather = torch.tensor(padded, device=device)  # (S n,)
        self._places = torch.tensor(places, device=device)  # (L,)
        self._group_of = torch.tensor([groups[row] for row in changed], device=device)  # (L,)
        self._rows = torch.tensor(changed, device=device) if len(changed) < len(groups) else None  # (L,)

    def add(self, site: int, x: Tensor, y: Tensor) -> None:
        stack = self._stacks.get(site)
        if stack is None:
            return
        flat = y.view(-1, y.shape[-1])  # (B, out)
        # index_select takes a fraction of the time of indexing with a tensor.
        grouped = x.reshape(-1, x.shape[-1]).index_select(0, self._gather).view(-1, self._size, x.shape[-1])
        change = torch.bmm(torch.bmm(grouped, stack.a), stack.b).view(-1, flat.shape[1])  # (S n, out)
        change = change.index_select(0, self._places)  # (L, out)
        if stack.stretch is not None and stack.shift is not None:
            own = flat if self._rows is None else flat.index_select(0, self._rows)
            change += own * stack.stretch[self._group_of] - stack.shift[self._group_of]
        if self._rows is None:
            flat += change
        else:
            flat.index_add_(0, self._rows, change)


class LoraBatch:
    """Finds what a step has to apply, and keeps what successive steps share."""

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._sets: list[LoraSet] = []
        self._stacks: dict[int, _Stacked] = {}
        self._last: tuple[list[LoraSet | None], LoraRows] | None = None

    def rows(self, used: Sequence[LoraSet | None]) -> LoraRows | None:
        """What a pass over these rows applies; None when no row has a set.

        Args:
            used: the set of each row.
        """
        if not any(used):
            return None
        if self._last is not None and self._last[0] == list(used):
            return self._last[1]
        first = used[0]
        found: LoraRows
        if first is not None and all(each is first for each in used):
            found = _OneForAll(first)
        else:
            self._stack(list(dict.fromkeys(each for each in used if each is not None)))
            groups = [-1 if each is None else self._sets.index(each) for each in used]
            found = _Mixed(self._stacks, len(self._sets), groups, self._device)
        self._last = (list(used), found)
        return found

    def _stack(self, wanted: list[LoraSet]) -> None:
        """Have at least these sets stacked; sets that left stay while they are no more than those that are used."""
        if set(wanted) <= set(self._sets) and len(self._sets) <= 2 * len(wanted):
            return
        self._sets = wanted
        sites = sorted({site for each in wanted for site in each.sites})
        self._stacks = {site: _stacked([each.sites.get(site) for each in wanted]) for site in sites}


@torch.inference_mode()
def _stacked(pairs: Sequence[_Pair | None]) -> _Stacked:
    like = next(pair for pair in pairs if pair is not None)
    rank = max(pair.a.shape[1] for pair in pairs if pair is not None)
    inputs, outputs = like.a.shape[0], like.b.shape[1]
    a = like.a.new_zeros(len(pairs), inputs, rank)
    b = like.b.new_zeros(len(pairs), rank, outputs)
    stretched = any(pair is not None and pair.stretch is not None for pair in pairs)
    stretch = like.b.new_zeros(len(pairs), outputs) if stretched else None
    shift = like.b.new_zeros(len(pairs), outputs) if stretched else None
    for index, pair in enumerate(pairs):
        if pair is None:
            continue
        a[index, :, : pair.a.shape[1]] = pair.a
        b[index, : pair.b.shape[0]] = pair.b
        if pair.stretch is not None and pair.shift is not None and stretch is not None and shift is not None:
            stretch[index], shift[index] = pair.stretch, pair.shift
    return _Stacked(a, b, stretch, shift)
