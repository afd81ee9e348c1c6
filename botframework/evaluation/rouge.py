"""ROUGE by rouge-score, with a tokenisation that also knows Chinese; knows no model."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rouge_score.rouge_scorer import RougeScorer  # type: ignore[import-untyped]  # it carries no types
from rouge_score.tokenizers import Tokenizer  # type: ignore[import-untyped]  # it carries no types

__all__ = ["RougeTokens", "rouge", "tokens"]

_TOKENS = re.compile(
    r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f]|[^\W_\u3400-\u9fff\uf900-\ufaff]+"
)


def tokens(text: str) -> list[str]:
    """Each Han character by itself, every other run of letters and digits as a word, in lower case.

    >>> tokens("Miro 喜欢 tea-time。")
    ['miro', '喜', '欢', 'tea', 'time']
    """
    return _TOKENS.findall(text.lower())


class RougeTokens(Tokenizer):  # type: ignore[misc]  # rouge-score carries no types
    """`tokens` at rouge-score's seam, whose own tokeniser drops everything but a–z and 0–9."""

    def tokenize(self, text: str) -> list[str]:
        """The tokens of a text."""
        return tokens(text)


def rouge(answers: Sequence[str], references: Sequence[str], kinds: Sequence[str]) -> list[dict[str, float]]:
    """F measures in per cent of every answer against its reference.

    Args:
        kinds: ``rouge1``, ``rouge2``, ``rougeL``.
    """
    scorer = RougeScorer(list(kinds), tokenizer=RougeTokens())
    scores = [scorer.score(reference, answer) for answer, reference in zip(answers, references, strict=True)]
    return [{kind: 100 * score[kind].fmeasure for kind in kinds} for score in scores]
