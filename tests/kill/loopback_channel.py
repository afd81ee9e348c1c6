"""A channel over plain HTTP on loopback, for bots that are killed; knows the pretended platform's four calls.

Events are fetched by long poll and acknowledged by the next poll, which only follows when each of them was accepted.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import aiohttp

from botframework import (
    Accept,
    Adapter,
    Address,
    Attachment,
    Buttons,
    Capabilities,
    ChannelError,
    ChannelUnavailable,
    Part,
    Receipt,
    Text,
)
from botframework.types import from_json

__all__ = ["LoopbackChannel"]


class LoopbackChannel(Adapter):
    """Speaks to a ``LoopbackPlatform`` at ``url``."""

    name = "loopback"
    capabilities = Capabilities(streaming="edits", edit_interval=0.02)

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def run(self, accept: Accept) -> None:
        acknowledged = 0
        while True:
            try:
                found = await self._call("events", {"after": acknowledged})
            except ChannelUnavailable:
                await asyncio.sleep(0.1)
                continue
            self.last_contact = time.time()
            for text in found["events"]:
                await accept(from_json(text))
            acknowledged = found["last"]

    async def send(self, address: Address, part: Part, key: str) -> Receipt:
        values = {"conversation": address.conversation.chat, "text": _text(part), "key": key}
        return Receipt(str((await self._call("send", values))["id"]))

    async def edit(self, address: Address, receipt: Receipt, part: Part) -> Receipt:
        await self._call("edit", {"id": int(receipt.message_id), "text": _text(part)})
        return receipt

    async def delete(self, address: Address, receipt: Receipt) -> None:
        await self._call("delete", {"id": int(receipt.message_id)})

    async def find(self, address: Address, part: Part, key: str, known: Sequence[Receipt]) -> Receipt | None:
        found = (await self._call("find", {"key": key}))["id"]
        return None if found is None else Receipt(str(found))

    async def fetch(self, attachment: Attachment) -> bytes:
        raise ChannelError("there are no files here")

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _call(self, method: str, values: dict[str, Any]) -> dict[str, Any]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with self._session.post(f"{self._url}/{method}", json=values) as response:
                response.raise_for_status()
                found: dict[str, Any] = await response.json()
                return found
        except (aiohttp.ClientError, TimeoutError) as error:
            raise ChannelUnavailable(str(error)) from error


def _text(part: Part) -> str:
    if isinstance(part, Text | Buttons):
        return part.markdown
    raise ChannelError(f"only text here, not {type(part).__name__}")
