"""What can be configured, and how a file becomes a checked ``Config``; opens nothing and starts nothing.

One YAML file; ``BOTFRAMEWORK__LIMITS__ATTEMPTS=3`` in the environment wins over ``limits: {attempts: 5}`` in it.
``config/default.yaml`` is this module's defaults written out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, SerializeAsAny
from pydantic_settings import EnvSettingsSource

from botframework import plugins
from botframework.adapter import Adapter
from botframework.config_file import PREFIX, ConfigFile, closest
from botframework.errors import PluginError
from botframework.middleware.access import AccessRules
from botframework.skill import Skill

__all__ = ["ChannelConfig", "Config", "ModelConfig", "SkillConfig", "load"]


class Section(BaseModel):
    """A group of settings: fixed once read, and no unknown name in it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class ChannelConfig(Section):
    """One channel, its settings checked by its own adapter."""

    path: Path | None = None
    """The Python file of a channel that is not installed as a package."""
    settings: SerializeAsAny[BaseModel]

    def adapter(self, name: str) -> type[Adapter]:
        """The class of this channel."""
        return plugins.adapter_from_file(name, self.path) if self.path else plugins.adapter_class(name)

    def make(self, name: str) -> Adapter:
        """The channel itself, not yet running."""
        return self.adapter(name)(self.settings)  # type: ignore[call-arg]  # every adapter takes its settings


NO_LORA = "none"
"""In place of the name of LoRA weights: the model alone, without those that it brings along."""


class SkillConfig(Section):
    """One skill, its settings checked by the skill itself."""

    path: Path | None = None
    """The Python file of a skill that is not installed as a package."""
    lora: str | None = Field(None, min_length=1)
    """The LoRA weights that the model answers with for this skill; `none` is the model alone."""
    settings: SerializeAsAny[BaseModel]

    def skill(self, name: str) -> Skill:
        """The skill itself."""
        return plugins.skill_from_file(name, self.path) if self.path else plugins.skill_named(name)


class ModelConfig(Section):
    """The language model. Options that are None keep the model's own default."""

    provider: Literal["local", "openai"] = "local"
    name: str = Field("mini", min_length=1)
    device: str = "auto"
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    max_batch: int = Field(8, ge=1, le=1024)
    temperature: float | None = Field(None, ge=0, le=10)
    top_p: float | None = Field(None, gt=0, le=1)
    max_tokens: int | None = Field(None, ge=1)
    repetition_penalty: float | None = Field(None, gt=0)
    context_window: int | None = Field(None, ge=64)
    lora: str | None = Field(None, min_length=1)
    lora_root: Path = Path("lora")
    base_url: str | None = None
    api_key: SecretStr | None = None


class MemoryConfig(Section):
    """What is remembered across conversations."""

    enabled: bool = True
    embedder: str = Field("mini", min_length=1)


class RouterConfig(Section):
    """How a message without a command finds its skill."""

    threshold: float | None = Field(None, ge=0, le=1)


class LimitsConfig(Section):
    """Bounds; times are in seconds."""

    concurrency: int = Field(8, ge=1, le=1000)
    waiting: int = Field(64, ge=0)
    turn_timeout: float = Field(180, gt=0)
    attempts: int = Field(5, ge=1, le=100)
    lease: float = Field(60, ge=1)
    messages_per_minute: int | None = Field(20, ge=1)
    tokens_per_day: int | None = Field(None, ge=1)


class LanguageConfig(Section):
    """Languages."""

    default: Literal["en", "zh", "fr", "de", "es"] = "en"


class HttpConfig(Section):
    """Where ``serve`` answers /healthz, /readyz and /metrics."""

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)


class ShutdownConfig(Section):
    """How ``serve`` ends."""

    grace: float = Field(20, ge=0)


class LogConfig(Section):
    """What is logged, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Literal["auto", "text", "json"] = "auto"


class Config(Section):
    """Everything that is configured, checked."""

    data: Path | None = None
    channels: dict[str, ChannelConfig] = {}
    skills: dict[str, SkillConfig] = {}
    default_skill: str = "chat"
    model: ModelConfig = ModelConfig()
    memory: MemoryConfig = MemoryConfig()
    router: RouterConfig = RouterConfig()
    limits: LimitsConfig = LimitsConfig()
    access: dict[str, AccessRules] = {}
    language: LanguageConfig = LanguageConfig()
    interrupt: bool = False
    http: HttpConfig = HttpConfig()
    shutdown: ShutdownConfig = ShutdownConfig()
    log: LogConfig = LogConfig()

    @property
    def folder(self) -> Path:
        """Where the bot keeps its data."""
        return self.data or Path("data")

    def secrets(self) -> list[str]:
        """Every secret in these settings, to keep them out of the log."""
        return list(_secrets(self))


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, dict):
        for item in value.values():
            yield from _secrets(item)


DEFAULT_CHANNELS = ("console",)
DEFAULT_SKILLS = ("chat", "autotranslate", "translation", "summarisation", "codegen")


def load(path: Path | None = None, *, only_channels: tuple[str, ...] | None = None) -> Config:
    """Read and check a configuration.

    Args:
        path: the file; None takes the defaults.
        only_channels: load these channels instead of the configured ones; their settings are still the file's.

    Raises:
        ConfigError: every mistake with its file, its line and what is allowed.
        PluginError: a plugin could not be imported.
    """
    file = ConfigFile.read(path)
    file.override(_environment())
    values = dict(file.values)
    channels = _named(file, "channels", values.pop("channels", None), DEFAULT_CHANNELS)
    if only_channels is not None:
        channels = {name: channels.get(name) for name in only_channels}
    skills = _named(file, "skills", values.pop("skills", None), DEFAULT_SKILLS)
    root = path.parent if path is not None else Path()
    values["channels"] = {name: entry for name, raw in channels.items() if (entry := _channel(file, name, raw, root))}
    values["skills"] = {name: found for name, raw in skills.items() if (found := _skill(file, name, raw, root))}
    if "access" in values:
        values["access"] = _access(file, values["access"])
    for section in [name for name, value in values.items() if value is None and name != "data"]:
        del values[section]  # `memory:` with nothing under it
    config = file.model(Config, values)
    if config is not None and skills and config.default_skill not in skills:
        names = ", ".join(skills)
        file.mistake(
            ("default_skill",),
            f"{config.default_skill!r} is none of the skills{closest(config.default_skill, skills)}; allowed: {names}",
        )
    file.complain()
    assert config is not None  # a missing one has left a mistake
    return config


def _environment() -> dict[str, Any]:
    source = EnvSettingsSource(
        _Overrides,  # type: ignore[arg-type]  # only the fields are read; the defaults must stay out of the way
        env_prefix=PREFIX,
        env_nested_delimiter="__",
        case_sensitive=False,
    )
    values = dict(source())
    for name in os.environ:
        section = name[len(PREFIX) :].split("__")[0].lower()
        if name.upper().startswith(PREFIX) and section and section not in _Overrides.model_fields:
            values[section] = os.environ[name]
    return values


class _Overrides(Config):
    """The shape in which the environment may set values: names of plugins' settings are not known here."""

    channels: dict[str, dict[str, Any]] = {}  # type: ignore[assignment]  # checked by the plugin later
    skills: dict[str, dict[str, Any]] = {}  # type: ignore[assignment]  # checked by the plugin later
    access: dict[str, dict[str, Any]] = {}  # type: ignore[assignment]  # checked in its section


def _named(file: ConfigFile, section: str, values: Any, defaults: tuple[str, ...]) -> dict[str, Any]:
    if isinstance(values, list) and all(isinstance(name, str) for name in values):
        return dict.fromkeys(values)
    if values is None or not isinstance(values, dict):
        if values is not None:
            file.mistake((section,), f"must be names with their settings under them, not {values!r}")
        return dict.fromkeys(defaults)
    return values


def _channel(file: ConfigFile, name: str, raw: Any, root: Path) -> ChannelConfig | None:
    where = ("channels", name)
    path, settings = _path(file, where, raw, root)
    try:
        adapter = plugins.adapter_from_file(name, path) if path else plugins.adapter_class(name)
    except PluginError as error:
        file.mistake(where, str(error))
        return None
    checked = file.model(adapter.Settings, settings, where)
    return None if checked is None else ChannelConfig(path=path, settings=checked)


def _skill(file: ConfigFile, name: str, raw: Any, root: Path) -> SkillConfig | None:
    where = ("skills", name)
    path, settings = _path(file, where, raw, root)
    lora, settings = _text(file, (*where, "lora"), settings, "the name of LoRA weights")
    try:
        skill = plugins.skill_from_file(name, path) if path else plugins.skill_named(name)
    except PluginError as error:
        file.mistake(where, str(error))
        return None
    checked = file.model(skill.Settings, settings, where)
    return None if checked is None else SkillConfig(path=path, lora=lora, settings=checked)


def _path(file: ConfigFile, where: tuple[str, str], raw: Any, root: Path) -> tuple[Path | None, Any]:
    """The ``path`` of a plugin's own file, relative to the configuration's folder, and its remaining settings."""
    found, settings = _text(file, (*where, "path"), raw, "the path of a Python file")
    return None if found is None else root / Path(found).expanduser(), settings


def _text(file: ConfigFile, where: tuple[str, str, str], raw: Any, what: str) -> tuple[str | None, Any]:
    """One of our own settings among those of a plugin, and the remaining ones, which are the plugin's."""
    key = where[-1]
    if not isinstance(raw, dict) or key not in raw:
        return None, raw
    settings = {name: value for name, value in raw.items() if name != key}
    if isinstance(raw[key], str) and raw[key]:
        return raw[key], settings
    file.mistake(where, f"must be {what}, not {raw[key]!r}")
    return None, settings


def _access(file: ConfigFile, values: Any) -> Any:
    """Ids may be written as numbers; one id may stand without a list."""
    if not isinstance(values, dict):
        return values
    return {
        channel: {key: _ids(ids) for key, ids in rules.items()} if isinstance(rules, dict) else rules
        for channel, rules in values.items()
    }


def _ids(value: Any) -> Any:
    if isinstance(value, str | int):
        value = str(value).split(",")
    return [str(item).strip() for item in value] if isinstance(value, list) else value
