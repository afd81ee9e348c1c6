"""The whole bot as what `eval` measures: rules, skills and memory around the model, as a newcomer meets it.

Each chat is a person of their own. Facts are told with ``/remember``, earlier messages are sent, and the last one's
answer is what counts; the bot's own answers stand in between, not those that a suite gives.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from botframework.assembly import loras, open_memory
from botframework.config import MemoryConfig, load
from botframework.engine.chat_model import LocalChatModel
from botframework.engine.embeddings import StaticEmbeddings
from botframework.evaluation.decoding import Draw
from botframework.evaluation.subject import Chat
from botframework.testing import BotTester

if TYPE_CHECKING:
    from botframework.testing import Reply

__all__ = ["BotSubject"]

_FACT = re.compile(r"^- (.+)$", re.MULTILINE)
_SIDE_BY_SIDE = 8


class BotSubject:
    """The bot of the default configuration around a model folder.

    Args:
        model: a folder, a registered name or a Hugging Face id.
        embedder: folder of the embedder for router and memory.
        threads: CPU threads; None leaves torch's choice.
        alone: leave out the LoRA weights that the model brings along for skills.
    """

    def __init__(self, model: str, embedder: Path, threads: int | None = None, *, alone: bool = False) -> None:
        self.name = f"the bot with {model}"
        self._model = LocalChatModel(model=model, max_batch=_SIDE_BY_SIDE, threads=threads)
        self._alone = alone
        self._embeddings = StaticEmbeddings(embedder)

    def answer(self, chats: Sequence[Chat], max_new_tokens: int = 128, draw: Draw | None = None) -> list[str]:
        """The bot's reply to the last message of each chat; length and draws are the skills' own."""
        return asyncio.run(self._answer(chats))

    async def _answer(self, chats: Sequence[Chat]) -> list[str]:
        config = load(only_channels=())
        skills = [entry.skill(name) for name, entry in config.skills.items()]
        memory = open_memory(MemoryConfig(), None, self._embeddings)
        room = asyncio.Semaphore(_SIDE_BY_SIDE)
        async with BotTester(
            skills,
            self._model,
            default=config.default_skill,
            memory=memory,
            embeddings=self._embeddings,
            loras={} if self._alone else loras(config, self._model),
        ) as bot:

            async def one(number: int, chat: Chat) -> str:
                async with room:
                    person = f"newcomer{number}"
                    for message in chat[:-1]:
                        if message["role"] == "system":
                            for fact in _FACT.findall(message["content"]):
                                await bot.say(f"/remember {fact}", person=person)
                        elif message["role"] == "user":
                            await bot.say(message["content"], person=person)
                    reply: Reply = await bot.say(chat[-1]["content"], person=person)
                    return reply.text.strip()

            return await asyncio.gather(*(one(number, chat) for number, chat in enumerate(chats)))
