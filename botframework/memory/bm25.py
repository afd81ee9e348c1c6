"""Ranks texts by the words they share with a query (Okapi BM25); knows no meaning and no store.

Texts come and go one at a time. Writing systems without spaces are cut into characters and pairs of characters.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter

__all__ = ["BM25", "tokenize"]

_PIECE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\U00020000-\U000323af]+|[^\W_]+")
_CJK_FIRST = "\u3040"
_STOP_WORDS = frozenset(
    word
    for words in (
        "a about an and any are as at be but by can could did do does for from had has have he her his how i if in is",
        "it its just me my of on or our she so some that the their them there they this to us was we were what when",
        "where which who why will with would you your s t m re ve ll d",
        "au aux avec ce ces dans de des du elle en est et il je la le les leur ma mes mon ne nous pas pour qu que qui",
        "sa se ses son sur ta te tes ton tu un une vos votre vous c j l n",
        "aber als auch auf bei bin bist das dass dein dem den der die dir ein eine einen er es fur hat ich ihr im ist",
        "kein mein mich mir mit nicht oder sich sie sind und von war wie wir zu zum zur",
        "al como con cual del donde el ella eres esta este la las lo los mi mis no nos o para pero por se si su sus tu",
        "una uno y yo",
    )
    for word in words.split()
)
_STOP_CHARACTERS = frozenset("的了是在我你您他她它们这那有和与吗呢啊吧呀也都就不什么怎样个一")


def tokenize(text: str) -> list[str]:
    """Lower-case words without accents; of Chinese, Japanese and Korean the characters and their pairs.

    Words that say nothing of a text's subject ("the", "的") are left out.
    """
    tokens: list[str] = []
    for piece in _PIECE.findall(unicodedata.normalize("NFKC", text).casefold()):
        if piece[0] >= _CJK_FIRST:
            pairs = (piece[i : i + 2] for i in range(len(piece) - 1))
            tokens += [token for token in (*piece, *pairs) if not _STOP_CHARACTERS.issuperset(token)]
            continue
        decomposed = unicodedata.normalize("NFKD", piece)
        word = "".join(char for char in decomposed if not unicodedata.combining(char))
        if word not in _STOP_WORDS:
            tokens.append(word)
    return tokens


class BM25:
    """An index that is kept up to date text by text.

    Args:
        k1: how fast a repeated word stops counting.
        b: how much long texts are held back, 0 to 1.
    """

    def __init__(self, k1: float = 1.2, b: float = 0.75) -> None:
        self._k1 = k1
        self._b = b
        self._texts: dict[str, Counter[str]] = {}
        self._postings: dict[str, set[str]] = {}
        self._total_length = 0

    def __len__(self) -> int:
        return len(self._texts)

    def add(self, text_id: str, text: str) -> None:
        """Index ``text``; an earlier text under the same id is replaced."""
        self.remove(text_id)
        counts = Counter(tokenize(text))
        self._texts[text_id] = counts
        self._total_length += counts.total()
        for token in counts:
            self._postings.setdefault(token, set()).add(text_id)

    def remove(self, text_id: str) -> bool:
        """Take a text out; False when there is none with this id."""
        counts = self._texts.pop(text_id, None)
        if counts is None:
            return False
        self._total_length -= counts.total()
        for token in counts:
            ids = self._postings[token]
            ids.discard(text_id)
            if not ids:
                del self._postings[token]
        return True

    def scores(self, query: str) -> dict[str, float]:
        """The score of every text that shares a token with ``query``, all above 0.

        Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009, with the idf of Lucene,
        which is never negative.
        """
        found: dict[str, float] = {}
        average = self._total_length / len(self._texts) if self._texts else 0.0
        for token in set(tokenize(query)):
            ids = self._postings.get(token, ())
            idf = math.log(1 + (len(self._texts) - len(ids) + 0.5) / (len(ids) + 0.5))
            for text_id in ids:
                counts = self._texts[text_id]
                count = counts[token]
                length = 1 - self._b + self._b * counts.total() / average
                found[text_id] = found.get(text_id, 0.0) + idf * count * (self._k1 + 1) / (count + self._k1 * length)
        return found
