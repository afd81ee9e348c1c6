"""Translates a text of any length through a chat model; knows no channel and no command.

A text is cut into sentences, which are asked for side by side (a local model answers them in one batch) and joined
again with everything that stood between them. What must not change is hidden behind numbers; when the model loses
one, the parts around are translated on their own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from botframework_translation.languages import Language
from botframework_translation.masking import mask, missing_numbers, numbers, split_around, unmask
from botframework_translation.sentences import clauses, pieces

__all__ = ["Asked", "Translator"]


class Asked(Protocol):
    """What a translator needs of a model."""

    async def ainvoke(self, prompt: str, **options: Any) -> str:
        """The whole answer."""
        ...

    def count_tokens(self, prompt: str) -> int:
        """Tokens of the prompt."""
        ...

    @property
    def context_window(self) -> int:
        """Tokens that prompt and answer together may have."""
        ...


_SPACELESS = frozenset({"zh", "ja", "th"})
_LOOP = re.compile(r"(.{2,40}?)\1{4,}", re.DOTALL)


@dataclass(slots=True)
class Translator:
    """Translates into one language. ``failed`` collects the sentences that could not be, and stayed as they were."""

    model: Asked
    target: Language
    temperature: float = 0.0
    concurrency: int = 16
    failed: list[str] = field(default_factory=list)
    _places: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._places = asyncio.Semaphore(self.concurrency)

    async def stream(self, text: str) -> AsyncIterator[str]:
        """The translation, sentence by sentence in order."""
        parts = pieces(text)
        tasks = {i: asyncio.create_task(self._sentence(part.text)) for i, part in enumerate(parts) if part.prose}
        try:
            previous = ""
            spaceless = self.target.code in _SPACELESS
            for i, part in enumerate(parts):
                if i in tasks:
                    translated = await tasks[i]
                    yield _gap(previous, translated, self.target) + translated
                    previous = translated
                elif not (spaceless and part.text.strip(" ") == "" and i - 1 in tasks and i + 1 in tasks):
                    yield part.text
                    previous = part.text
        finally:
            for task in tasks.values():
                task.cancel()
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    async def translate(self, text: str) -> str:
        """The whole translation."""
        return "".join([chunk async for chunk in self.stream(text)])

    async def _sentence(self, sentence: str) -> str:
        if not self._fits(sentence):
            parts = [await self._sentence(p.text) if p.prose else p.text for p in clauses(sentence)]
            return "".join(parts)
        result = await self._whole(sentence)
        if result is None:
            result = await self._around(sentence)
        return _like(sentence, result)

    async def _whole(self, sentence: str) -> str | None:
        """The sentence translated in one piece with everything protected intact; None when the model cannot."""
        parts = split_around(sentence)
        words = [part for part, protected in parts if not protected and _has_letters(part)]
        if not words or (parts[0][1] and len(words) == 1):
            return None  # "@ana are you there?" is a plain sentence behind its mention
        attempts = [mask(sentence)]
        if numbers("".join(words)):
            attempts.append(mask(sentence, also_numbers=True))
        for masked in attempts:
            answer = await self._ask(masked.text)
            result = unmask(masked, answer) if answer is not None else None
            if result is not None and not missing_numbers(sentence, result):
                return result
        return None

    async def _around(self, sentence: str, *, also_numbers: bool = False) -> str:
        """The parts between what is protected, translated on their own."""
        result = []
        for piece, protected in split_around(sentence, also_numbers=also_numbers):
            if protected or not _has_letters(piece):
                result.append(piece)
                continue
            before, core, after = _edges(piece)
            answer = await self._ask(core)
            if answer is None:
                self.failed.append(core)
                answer = core
            elif missing_numbers(core, answer):
                answer = await self._around(core, also_numbers=True)
            result.append(before + _like(core, answer) + after)
        return "".join(result)

    async def _ask(self, text: str) -> str | None:
        """One answer of the model; None when it is empty or no translation."""
        asked = _ended(text)
        prompt = f"Translate into {self.target.name}:\n{asked}"
        length = self.model.count_tokens(prompt)
        limit = max(16, min(3 * length + 24, self.model.context_window - length - 8))
        async with self._places:
            for temperature in (self.temperature, self.temperature + 0.4):
                answer = _cleaned(text, await self.model.ainvoke(prompt, temperature=temperature, max_tokens=limit))
                if answer and not _degenerate(asked, answer):
                    return answer
        return answer if answer == asked else None

    def _fits(self, sentence: str) -> bool:
        return len(sentence) < 12 or self.model.count_tokens(sentence) <= (self.model.context_window - 32) // 4


def _cleaned(source: str, answer: str) -> str:
    answer = answer.strip()
    if "\n" not in source and "\n" in answer:
        answer = answer.split("\n", 1)[0].strip()
    for opening, closing in ('""', "“”", "「」"):
        quoted = len(answer) > 2 and answer[0] == opening and answer[-1] == closing
        if quoted and source[:1] not in "\"'“”‘’«„「" and closing not in answer[1:-1]:
            return answer[1:-1].strip()
    return answer


def _ended(text: str) -> str:
    """A text as a whole sentence: small models have seen little else and go astray on "Good morning" alone."""
    if not text[-1].isalnum():
        return text
    return text + ("。" if text[-1] > "\u2e80" else ".")


def _edges(piece: str) -> tuple[str, str, str]:
    """The words of a part of a sentence with what ends it, and the spaces and signs before and after."""
    start = next(i for i, char in enumerate(piece) if char.isalnum())
    end = max(i for i, char in enumerate(piece) if char.isalnum()) + 1
    while end < len(piece) and piece[end] in ".!?。！？…":
        end += 1
    return piece[:start], piece[start:end], piece[end:]


def _has_letters(text: str) -> bool:
    return any(char.isalpha() for char in text)


def _degenerate(source: str, answer: str) -> bool:
    """Whether the model went round in circles, or gave a whole sentence back as it was."""
    if len(source.split()) > 3 and answer == source:
        return True
    if len(answer) > 6 * len(source) + 60:
        return True
    return _LOOP.search(answer) is not None and _LOOP.search(source) is None


def _gap(previous: str, following: str, target: Language) -> str:
    """The space that Chinese does not have between two sentences and other languages need."""
    if target.code in _SPACELESS or not previous or not following:
        return ""
    return " " if previous[-1] in ".!?…;:,\"')" and following[0].isalnum() else ""


def _like(source: str, translated: str) -> str:
    """No full stop where the source has none: a model ends every sentence, a heading or a word has no end."""
    if translated and source and source[-1] not in ".。!！?？…;；:：" and translated[-1] in ".。":
        return translated.rstrip(".。")
    return translated
