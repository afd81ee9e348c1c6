"""A whole bot in a process of its own, to be killed: real manager, queue and store, an echo that takes its time.

``python -m tests.kill.bot FOLDER MODULE:ADAPTER OPTIONS`` where OPTIONS is the JSON of the adapter's arguments. Every
line on its input starts a bot: a fork of this process, which has all libraries loaded and nothing open, so that a life
begins at once on a busy machine too. It prints the bot's process id, and its exit status when it ended; a bot ends in
good order on SIGTERM.
"""

from __future__ import annotations

import asyncio
import importlib
import json
import logging
import os
import random
import signal
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

from botframework import Adapter, Context, skill
from botframework.manager import Limits, Manager
from botframework.memory.nothing import NoMemory
from botframework.model import Model
from botframework.queue.sqlite import SQLiteQueue
from botframework.router import Router
from botframework.store.sql import SQLStore
from tests.kill.harness import answer

__all__: list[str] = []


@skill("echo", "Says it again, slowly.")
async def echo(ctx: Context, text: str = "") -> AsyncIterator[str]:
    for word in answer(text).split(" "):
        yield word if word == "echo:" else f" {word}"
        await asyncio.sleep(random.uniform(0, 0.02))


class NoModel:
    """Stands where a chat model would; the echo asks none."""

    model_name = "none"


async def live(folder: Path, make: Callable[..., Adapter], options: dict[str, Any]) -> None:
    """One life of the bot."""
    adapter = make(**options)
    # A person's message may be killed many times here, which elsewhere means that the message itself kills.
    queue = await SQLiteQueue.open(folder / "queue.db", attempts=1000)
    store = await SQLStore.open(f"sqlite:///{folder / 'bot.db'}")
    manager = Manager(
        queue=queue,
        store=store,
        memory=NoMemory(),
        model=Model(cast("Any", NoModel())),
        router=Router([echo]),
        adapters={adapter.name: adapter},
        limits=Limits(concurrency=8),
    )
    answering = asyncio.create_task(manager.run())
    receiving = asyncio.create_task(adapter.run(manager.accept))
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    ending = asyncio.create_task(stopping.wait())
    await asyncio.wait([answering, receiving, ending], return_when=asyncio.FIRST_COMPLETED)
    for task in (answering, receiving):
        if task.done():
            task.result()
    receiving.cancel()
    await manager.drain(5.0)
    await asyncio.gather(answering, receiving, return_exceptions=True)
    await adapter.aclose()
    await store.aclose()
    await queue.aclose()


def main(folder: Path, where: str, options: dict[str, Any]) -> None:
    """Start a bot for every line that comes."""
    module, _, name = where.partition(":")
    make = getattr(importlib.import_module(module), name)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                asyncio.run(live(folder, make, options))
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stderr.flush()
                os._exit(status)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(relativeCreated)d %(process)d %(name)s %(message)s")
    main(Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3]))
