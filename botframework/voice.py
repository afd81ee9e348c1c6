"""What the bot itself says in a reply: refusals, apologies, how an answer ended. Knows no channel and no skill."""

from __future__ import annotations

import logging

from botframework.clock import Clock
from botframework.delivery import Delivery
from botframework.errors import ContextTooLong, ModelBusy, ModelNotFound, SkillError, UsageError
from botframework.i18n import Texts
from botframework.pieces import Notice, Pieces
from botframework.turn import Turn

__all__ = ["Voice"]

logger = logging.getLogger(__name__)
_WORTH_TELLING = 2.0
"""Seconds of waiting from which on a person is told of the line."""


class Voice:
    """Says the bot's own texts in the person's language, and settles the reply with them.

    Args:
        timeout: seconds after which an answer is given up.
    """

    def __init__(self, texts: Texts, timeout: float, clock: Clock) -> None:
        self._texts = texts
        self._timeout = timeout
        self._clock = clock

    async def say(self, turn: Turn, key: str, **values: object) -> None:
        """End the reply with one of the bot's own texts."""
        if turn.delivery is not None:
            turn.delivery.append(self._texts.say(turn.language, key, **values))
            await self.finish(turn)

    async def finish(self, turn: Turn) -> None:
        """Settle the reply as it is."""
        if turn.delivery is None:
            return
        try:
            await turn.delivery.finish()
        finally:
            turn.parts = list(turn.delivery.parts)
            turn.ended = self._clock.now()

    def cannot_show(self, turn: Turn) -> str:
        """What stands in for a part that the platform takes in no form."""
        return self._texts.say(turn.language, "cannot-show")

    def notice(self, turn: Turn, position: int, seconds: float | None) -> Notice | None:
        """What a person is told who has to wait; None where that is not worth telling."""
        if position < 1 or (seconds is not None and seconds < _WORTH_TELLING):
            return None
        if seconds is None:
            return Notice(self._texts.say(turn.language, "in-line", position=position))
        return Notice(self._texts.say(turn.language, "in-line-seconds", position=position, seconds=round(seconds)))

    async def conclude(self, turn: Turn, pieces: Pieces, delivery: Delivery) -> None:
        """Say what has to be said about how the answer ended, and settle it."""
        if pieces.ending in ("stopped", "interrupted"):
            turn.outcome = "stopped"
            if delivery.has_posted or delivery.text or delivery.parts:
                delivery.append(self._texts.say(turn.language, "stopped-mark"))
        elif pieces.ending == "superseded":
            turn.outcome = "stopped"
        elif pieces.ending == "timeout":
            turn.fail()
            logger.error("[%s] %s took longer than %g s", turn.reference, turn.decision.skill, self._timeout)
            delivery.append(self._texts.say(turn.language, "timeout", reference=turn.reference))
        elif pieces.error is not None:
            delivery.append(self._apology(turn, pieces.error))
        elif not delivery.parts and not delivery.text.strip() and turn.decision.by != "mode":
            delivery.append(self._texts.say(turn.language, "no-answer"))
        await self.finish(turn)

    def _apology(self, turn: Turn, error: BaseException) -> str:
        """What a person reads of a failure; the log has the rest."""
        turn.outcome = "failed"
        if isinstance(error, UsageError):
            return self._texts.say(turn.language, "usage", message=str(error), usage=error.usage)
        if isinstance(error, SkillError):
            return str(error)
        if isinstance(error, ModelBusy):
            return self._texts.say(turn.language, "model-busy")
        if isinstance(error, ContextTooLong):
            return self._texts.say(turn.language, "too-long")
        turn.fail()
        logger.error("[%s] skill %s failed", turn.reference, turn.decision.skill, exc_info=error)
        key = "lora-failed" if isinstance(error, ModelNotFound) else "apology"
        return self._texts.say(turn.language, key, reference=turn.reference)
