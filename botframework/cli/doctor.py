"""`botframework doctor`: what this installation can do, and how to mend what it cannot."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from botframework.adapter import Check
    from botframework.config import Config

__all__ = ["app"]

app = typer.Typer()


@app.command()
def doctor(
    config: Annotated[Path | None, typer.Option(help="Check what this configuration needs.")] = None,
    data: Annotated[Path | None, typer.Option(help="Check this data folder.")] = None,
) -> None:
    """Check Python, torch, GPU, model, database, memory and every channel. Exit status 1 when something is wrong."""
    from rich.console import Console
    from rich.markup import escape

    from botframework.cli.data import data_folder
    from botframework.config import Config, load
    from botframework.errors import ConfigError

    console = Console(soft_wrap=True)
    well = True

    def show(check: Check) -> None:
        nonlocal well
        well = well and check.ok
        mark = "[green]ok  [/green]" if check.ok else "[red]FAIL[/red]"
        console.print(f"{mark} [bold]{escape(check.name)}[/bold]: {escape(check.detail)}", highlight=False)
        if not check.ok and check.mend:
            console.print(f"     → {escape(check.mend)}", highlight=False)

    async def show_all(checked: Config) -> None:
        async for check in _checks(checked, data_folder(data, checked, config)):
            show(check)

    try:
        checked = load(config)
    except ConfigError as error:
        show(
            _failed("configuration", error, "correct the file, or set what is missing; the rest is checked without it")
        )
        try:
            checked = load(config, only_channels=())
        except ConfigError:
            checked = Config()
    asyncio.run(show_all(checked))
    if not well:
        raise typer.Exit(1)


async def _checks(config: Config, folder: Path) -> AsyncIterator[Check]:
    yield _python()
    if config.model.provider == "local":
        yield _torch()
        yield _gpu(config.model.device)
    yield await _tried("model", lambda: _model(config), "see `botframework config show`, section model")
    yield await _tried("database", lambda: _database(folder), f"is {folder} a folder that this user may write?")
    if config.memory.enabled:
        yield await _tried("memory", lambda: _memory(config), "pip install 'botframework[memory]'")
    for name, channel in config.channels.items():
        adapter = None
        try:
            adapter = channel.make(name)
            for check in await adapter.check():
                yield check
        except Exception as error:
            yield _failed(name, error, "see the message; is the channel's section in the configuration right?")
        finally:
            if adapter is not None:
                await adapter.aclose()


def _python() -> Check:
    from botframework.adapter import Check

    found = ".".join(map(str, sys.version_info[:3]))
    return Check("python", sys.version_info >= (3, 11), found, "install Python 3.11 or newer")


def _torch() -> Check:
    from botframework.adapter import Check

    try:
        versions = f"torch {version('torch')}, transformers {version('transformers')}"
    except PackageNotFoundError as error:
        return Check("torch", False, f"{error.name} is not installed", "pip install 'botframework[local]'")
    try:
        import torch
    except ImportError as error:
        return Check("torch", False, str(error), "pip install --force-reinstall torch")
    return Check("torch", True, f"{versions}, {torch.get_num_threads()} threads")


def _gpu(device: str) -> Check:
    from botframework.adapter import Check

    try:
        import torch
    except ImportError:
        return Check("gpu", True, "not looked for: there is no torch")
    if torch.cuda.is_available():
        name, memory = torch.cuda.get_device_name(), torch.cuda.get_device_properties(0).total_memory
        return Check("gpu", True, f"{name}, {memory / 2**30:.0f} GiB")
    if device.startswith("cuda"):
        mend = "set model.device to cpu or auto, or install a CUDA build of torch and a driver (nvidia-smi shows it)"
        return Check("gpu", False, f"model.device is {device}, and torch sees no CUDA GPU", mend)
    return Check("gpu", True, "none; the CPU is used")


async def _model(config: Config) -> str:
    from botframework.assembly import chat_model, check_loras, load_model, model_name
    from botframework.model import Model

    def load() -> Model:
        model = chat_model(config.model)
        load_model(model)
        check_loras(config, model)
        return Model(model)

    model = await asyncio.to_thread(load)
    began = time.perf_counter()
    async with asyncio.timeout(60):
        await model.ainvoke("Say hello.", max_tokens=8)
    return f"{model_name(config.model)} answers, in {time.perf_counter() - began:.1f} s"


async def _database(folder: Path) -> str:
    from botframework.assembly import open_store

    if not (folder / "bot.db").exists():
        return _could_be_written(folder)  # a check leaves nothing behind
    store = await open_store(folder)
    try:
        return f"{folder} can be written" if await store.writable() else _raise(f"{folder} cannot be written")
    finally:
        await store.aclose()


def _could_be_written(folder: Path) -> str:
    place = next(parent for parent in (folder, *folder.absolute().parents) if parent.exists())
    if not (place.is_dir() and os.access(place, os.W_OK)):
        _raise(f"{place} cannot be written")
    return f"{folder} can be written; nothing is kept there yet"


async def _memory(config: Config) -> str:
    from botframework.assembly import open_embeddings, open_memory
    from botframework.memory import Scope

    embeddings = await asyncio.to_thread(open_embeddings, config.memory)
    memory = await asyncio.to_thread(open_memory, config.memory, None, embeddings)
    try:
        scope = Scope("doctor", "doctor")
        await memory.remember(scope, "The sky is blue.")
        found = await memory.recall(scope, "What colour is the sky?")
        return "remembers and recalls" if found else _raise("what was remembered was not recalled")
    finally:
        await memory.aclose()


def _raise(problem: str) -> str:
    from botframework.errors import BotError

    raise BotError(problem)


async def _tried(name: str, what: Callable[[], object], mend: str) -> Check:
    from botframework.adapter import Check

    try:
        detail = await what()  # type: ignore[misc]  # each of these is a coroutine function
    except Exception as error:
        return _failed(name, error, mend)
    return Check(name, True, detail)


def _failed(name: str, error: Exception, mend: str) -> Check:
    from botframework.adapter import Check
    from botframework.errors import BotError

    detail = str(error) if isinstance(error, BotError) else f"{type(error).__name__}: {error}"
    return Check(name, False, detail, mend)
