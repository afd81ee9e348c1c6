"""Makes the text of an answer from its token events: decoding, stop strings, the reason it ended."""

from __future__ import annotations

from collections.abc import Callable

from botframework.engine.detokenizer import Detokenizer
from botframework.engine.sequence import FinishReason, TokenEvent
from botframework.engine.stop import StopMatcher

__all__ = ["TextAssembler"]


class TextAssembler:
    """Feed it events until ``finish_reason`` is set; it counts the tokens that were generated.

    Args:
        decode: token ids to text, without special tokens.
        stop: texts that end the answer and are not part of it.
    """

    def __init__(self, decode: Callable[[list[int]], str], stop: tuple[str, ...]) -> None:
        self._detokenizer = Detokenizer(decode)
        self._matcher = StopMatcher(stop)
        self.finish_reason: FinishReason | None = None
        self.num_output_tokens = 0

    def feed(self, event: TokenEvent) -> str:
        """Return the text that this event makes certain, often empty."""
        text = ""
        if event.token_id is not None:
            self.num_output_tokens += 1
            if event.finish_reason != "stop":
                text = self._matcher.feed(self._detokenizer.feed(event.token_id))
        if self._matcher.stopped:
            self.finish_reason = "stop"
        elif event.finish_reason is not None:
            self.finish_reason = event.finish_reason
            text += self._matcher.flush()
        return text
