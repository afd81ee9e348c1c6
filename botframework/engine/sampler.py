"""Chooses the next token of every sequence from the logits of a step; knows no model and no text."""

from __future__ import annotations

from collections.abc import Sequence as Many

import numpy as np
import torch
from torch import Tensor

from botframework.engine.sequence import Sequence

__all__ = ["Sampler"]

_CANDIDATES = 64  # likeliest tokens that are looked at first; more only when the draw falls beyond them


class Sampler:
    """Samples as transformers' ``generate`` does: penalty, temperature, top-k, top-p, min-p, in this order.

    Every sequence draws from its own generator, so that its tokens do not depend on what shares the batch.
    """

    def sample(self, logits: Tensor, sequences: Many[Sequence]) -> list[int]:
        """Choose one token id for each sequence.

        Args:
            logits: (B, V), changed in place by the repetition penalty.
            sequences: B of them, in the order of the rows.
        """
        for row, sequence in enumerate(sequences):
            if sequence.seen_ids:
                self._penalise(logits[row], sequence.seen_ids, sequence.options.repetition_penalty)
        if all(sequence.rng is None for sequence in sequences):
            return logits.argmax(dim=-1).tolist()
        scores = logits.float()
        widest = max(max(_CANDIDATES, sequence.options.top_k) for sequence in sequences)
        top = scores.topk(min(widest, scores.shape[-1]), dim=-1)  # (B, K)
        values, ids = top.values.cpu().numpy().astype(np.float64), top.indices.cpu().numpy()
        chosen: list[int] = []
        for row, sequence in enumerate(sequences):
            if sequence.rng is None:
                chosen.append(int(ids[row, 0]))
                continue
            draw = sequence.rng.random()
            index = self._draw(values[row], scores[row], sequence, draw)
            if index is None:
                order = scores[row].sort(descending=True, stable=True)
                everything = order.values.cpu().numpy().astype(np.float64)
                index = self._draw(everything, scores[row], sequence, draw)
                chosen.append(int(order.indices[index if index is not None else 0]))
            else:
                chosen.append(int(ids[row, index]))
        return chosen

    @staticmethod
    def _penalise(row: Tensor, seen: set[int], penalty: float) -> None:
        """Divide positive and multiply negative scores of tokens already seen (Keskar et al. 2019)."""
        index = torch.tensor(list(seen), device=row.device)
        score = row[index]
        row[index] = torch.where(score < 0, score * penalty, score / penalty)

    @staticmethod
    def _draw(candidates: np.ndarray, row: Tensor, sequence: Sequence, draw: float) -> int | None:
        """The index of the drawn candidate, or None when it may lie beyond these candidates.

        Args:
            candidates: (K,) the row's largest scores, descending.
            row: (V,) all scores, for the mass that the candidates leave out.
            draw: uniform in [0, 1).
        """
        options = sequence.options
        temperature = options.temperature
        weights = np.exp((candidates - candidates[0]) / temperature)  # (K,)
        complete = len(weights) == row.shape[-1]
        if options.top_k:
            weights = weights[: options.top_k]
            total, complete = float(weights.sum()), True
        elif complete:
            total = float(weights.sum())
        else:
            rest = torch.logsumexp((row - float(candidates[0])) / temperature, dim=-1)
            total = float(rest.exp())
        cumulative = np.cumsum(weights) / total
        kept = len(weights)
        if options.top_p < 1.0:
            if not complete and cumulative[-1] < options.top_p:
                return None
            kept = int(np.searchsorted(cumulative, options.top_p)) + 1
            complete = True
        if options.min_p > 0.0:
            likely = int((weights >= options.min_p).sum())
            if likely < len(weights):
                complete = True
            kept = min(kept, likely)
        kept = max(1, min(kept, len(weights)))
        target = draw * (float(cumulative[kept - 1]) if complete else 1.0)
        index = int(np.searchsorted(cumulative[:kept], target, side="right"))
        if index < kept:
            return index
        return kept - 1 if complete else None
