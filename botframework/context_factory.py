"""Makes what a skill is given for one turn. Knows where each thing comes from, and nothing of the skill."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from pydantic import BaseModel

from botframework.adapter import Adapter
from botframework.context import Context, ScopedMemory
from botframework.i18n import Texts
from botframework.memory import MemoryStore, Scope
from botframework.model import Model
from botframework.router import Route
from botframework.store import Store
from botframework.turn import Turn
from botframework.types import Event, Message

__all__ = ["ContextFactory"]


class ContextFactory:
    """Binds the bot's parts to one turn.

    Args:
        settings: of skills, by skill name.
        loras: LoRA weights of skills, by skill name; a conversation's own choice goes before them.
        history: how many earlier turns a skill is given.
    """

    def __init__(
        self,
        *,
        store: Store,
        memory: MemoryStore,
        model: Model,
        adapters: Mapping[str, Adapter],
        settings: Mapping[str, BaseModel],
        texts: Texts,
        history: int,
        loras: Mapping[str, str] | None = None,
    ) -> None:
        self._store = store
        self._memory = memory
        self._model = model
        self._adapters = adapters
        self._settings = settings
        self._texts = texts
        self._most = history
        self._loras = loras or {}

    async def make(self, turn: Turn, event: Event, route: Route, *, with_history: bool) -> Context:
        """The context of the skill that ``route`` chose for ``event``, which is the turn's own as it is to be read."""
        conversation = event.conversation
        history = await self._history(turn) if with_history else []
        chosen = await self._store.setting(conversation.key, "lora")
        scope = Scope(event.sender.id, conversation.key, conversation.kind == "private")
        return Context(
            event=event,
            text=route.text,
            model=self._model.for_turn(chosen or self._loras.get(route.skill.name, "")),
            memory=ScopedMemory(self._memory, scope),
            language=turn.language,
            detected=turn.detected,
            history=history,
            expected=route.expected,
            decision=route.decision,
            settings=self._settings.get(route.skill.name),
            fetch_=self._adapters[event.channel].fetch,
            status_=functools.partial(_show, turn),
            translate_=functools.partial(self._texts.say, turn.language),
            mode_=turn.mode,
            set_mode_=functools.partial(self._store.set_setting, conversation.key, "mode"),
        )

    async def _history(self, turn: Turn) -> list[Message]:
        """What was said before; of an edited message only its new form counts."""
        conversation = turn.event.conversation.key
        messages = await self._store.history(conversation, self._most)
        if turn.event.kind == "edited":
            replaced = {record.at for record in await self._store.turns(conversation) if record.id == turn.id}
            messages = [message for message in messages if message.at not in replaced]
        return messages


async def _show(turn: Turn, text: str) -> None:
    if turn.pieces is not None:
        turn.pieces.show(text)
