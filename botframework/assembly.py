"""Builds the parts of a bot from its configuration; runs none of them. Heavy libraries are imported inside."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from botframework.config import NO_LORA, Config, MemoryConfig, ModelConfig
from botframework.errors import BotError, ConfigError, ModelError, ModelNotFound, PluginError

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from botframework.memory import MemoryStore
    from botframework.middleware import Middleware
    from botframework.queue.sqlite import SQLiteQueue
    from botframework.router import Router
    from botframework.store import Store
    from botframework.store.sql import SQLStore

__all__ = [
    "chat_model",
    "check_loras",
    "load_model",
    "loras",
    "middleware",
    "model_name",
    "open_embeddings",
    "open_memory",
    "open_queue",
    "open_store",
    "router",
]


def model_name(config: ModelConfig) -> str:
    """How the model is called in messages."""
    return f"{config.name} ({config.provider})"


def chat_model(config: ModelConfig) -> BaseChatModel:
    """The configured chat model; a local one reads its weights at its first use.

    Raises:
        PluginError: the provider's package is not installed.
    """
    options: dict[str, Any] = {
        name: value for name in ("temperature", "top_p", "max_tokens") if (value := getattr(config, name)) is not None
    }
    if config.provider == "openai":
        try:
            from langchain_openai import ChatOpenAI
        except ImportError as error:
            raise _missing("openai", "openai", error) from error
        if config.repetition_penalty is not None:
            options["extra_body"] = {"repetition_penalty": config.repetition_penalty}
        # A server of one's own asks for no key, but the client insists on some text.
        key = config.api_key.get_secret_value() if config.api_key else "none" if config.base_url else None
        return ChatOpenAI(model=config.name, base_url=config.base_url, api_key=key, stream_usage=True, **options)
    try:
        from botframework.engine.chat_model import LocalChatModel
    except ImportError as error:
        raise _missing("local", "local", error) from error
    if config.repetition_penalty is not None:
        options["repetition_penalty"] = config.repetition_penalty
    return LocalChatModel(
        model=config.name,
        device=config.device,
        dtype=config.dtype,
        max_batch=config.max_batch,
        context_window=config.context_window,
        lora_root=config.lora_root,
        **options,
    )


def load_model(model: BaseChatModel) -> None:
    """Read the weights now, where the model has any; blocks."""
    load = getattr(model, "load", None)
    if load is not None:
        load()


def loras(config: Config, model: BaseChatModel) -> dict[str, str]:
    """The LoRA weights of the skills that have some, by skill name: the configured ones, else the model's own."""
    brought: dict[str, str] = getattr(model, "skill_loras", dict)()
    skills = [(entry.skill(name).name, entry.lora) for name, entry in config.skills.items()]
    named = {skill: lora or config.model.lora or brought.get(skill) for skill, lora in skills}
    return {skill: lora for skill, lora in named.items() if lora and lora != NO_LORA}


def check_loras(config: Config, model: BaseChatModel) -> None:
    """Read the LoRA weights that the configuration names; blocks.

    Raises:
        ConfigError: some are missing or cannot be used; names the setting.
    """
    check = getattr(model, "check_lora", None)
    wanted = {f"skills.{name}.lora": entry.lora for name, entry in config.skills.items()}
    for setting, lora in {"model.lora": config.model.lora, **wanted}.items():
        if lora and lora != NO_LORA and check is not None:
            try:
                check(lora)
            except ModelError as error:
                raise ConfigError(f"{setting}: {error}") from error


def open_embeddings(config: MemoryConfig) -> Embeddings | None:
    """What turns text into vectors, for the memory and the router; None where neither needs it. Blocks.

    Raises:
        ModelNotFound: there is no such embedder.
        PluginError: a package it needs is not installed.
    """
    try:
        from botframework.engine.embeddings import StaticEmbeddings
    except ImportError as error:
        if not config.enabled:
            return None
        raise _missing("memory", "memory", error) from error
    try:
        return StaticEmbeddings(config.embedder)
    except ModelNotFound:
        if not config.enabled:
            return None
        raise


def open_memory(config: MemoryConfig, folder: Path | None, embeddings: Embeddings | None) -> MemoryStore:
    """The memory in ``folder``, or in main memory only; blocks.

    Raises:
        MemoryStoreError: another process has it, or it cannot be read.
        PluginError: a package it needs is not installed.
    """
    if not config.enabled or embeddings is None:
        from botframework.memory.nothing import NoMemory

        return NoMemory()
    try:
        from botframework.memory.chroma import ChromaMemory
    except ImportError as error:
        raise _missing("memory", "memory", error) from error
    memory = ChromaMemory(folder / "memory" if folder else None, embeddings)
    memory.warm()
    return memory


async def open_queue(config: Config, folder: Path) -> SQLiteQueue:
    """The durable queue in ``folder``, owned by this process."""
    from botframework.queue.sqlite import SQLiteQueue

    _make(folder)
    return await SQLiteQueue.open(folder / "queue.db", attempts=config.limits.attempts)


async def open_store(folder: Path) -> SQLStore:
    """The store in ``folder``, its tables up to date."""
    from botframework.store.sql import SQLStore

    _make(folder)
    return await SQLStore.open(f"sqlite:///{folder / 'bot.db'}")


def router(config: Config, embeddings: Embeddings | None) -> Router:
    """The router over the configured skills."""
    from botframework.router import Router

    skills = [entry.skill(name) for name, entry in config.skills.items()]
    default = config.skills[config.default_skill].skill(config.default_skill) if skills else None
    if config.router.threshold is None:
        return Router(skills, default, embeddings)
    return Router(skills, default, embeddings, config.router.threshold)


def middleware(config: Config, store: Store) -> list[Middleware]:
    """What stands before the skills, in order: who may write, in which language, how much."""
    from botframework.middleware.access import Access
    from botframework.middleware.language import Language
    from botframework.middleware.limits import RateLimit, TokenBudget

    limits = config.limits
    steps: list[Middleware] = [Access(config.access), Language(store, default=config.language.default)]
    if limits.messages_per_minute is not None:
        steps.append(RateLimit(limits.messages_per_minute))
    if limits.tokens_per_day is not None:
        steps.append(TokenBudget(store, limits.tokens_per_day))
    return steps


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"the data folder {folder} cannot be made: {error.strerror}; set `data` or --data to one that can"
        ) from error


def _missing(what: str, extra: str, error: ImportError) -> BotError:
    return PluginError(
        f"{what}: the package {error.name!r} is not installed; install it: pip install 'botframework[{extra}]'"
    )
