"""Who may talk to the bot, per channel, by person or conversation id; knows no platform's roles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from botframework.middleware import Next, Refused
from botframework.turn import Turn
from botframework.types import Event

__all__ = ["Access", "AccessRules"]


class AccessRules(BaseModel, extra="forbid", frozen=True):
    """One channel's lists of people (``telegram:42`` or ``42``) and chats (``telegram/-100`` or ``-100``)."""

    allow: Sequence[str] = ()
    """When not empty, nobody else is answered."""
    deny: Sequence[str] = ()
    """Never answered, also when allowed above."""


class Access:
    """Refuses whom the rules of their channel do not admit: politely in private, in silence in a group."""

    def __init__(self, rules: Mapping[str, AccessRules]) -> None:
        self._rules = {
            channel: (frozenset(map(str, rule.allow)), frozenset(map(str, rule.deny)))
            for channel, rule in rules.items()
        }

    async def __call__(self, turn: Turn, proceed: Next) -> None:
        """Proceed for who is admitted."""
        if self.admits(turn.event):
            await proceed(turn)
            return
        turn.keep = False
        private = turn.event.conversation.kind == "private"
        raise Refused("refused-access" if private else None, person=turn.event.sender.id)

    def admits(self, event: Event) -> bool:
        """Whether the rules let this event through."""
        allow, deny = self._rules.get(event.channel, (frozenset(), frozenset()))
        conversation = event.conversation
        names = {
            event.sender.id,
            event.sender.id.removeprefix(f"{event.channel}:"),
            conversation.key,
            conversation.chat,
            f"{conversation.channel}/{conversation.chat}",
        }
        return not names & deny and (not allow or bool(names & allow))
