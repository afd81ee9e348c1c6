"""Every error this project raises on purpose; it knows nothing of vendors' own errors.

BotError
├─ ConfigError            the configuration is wrong: file, line, what is allowed
├─ PluginError            an adapter, a skill or a model named in the configuration cannot be loaded
├─ ChannelError           a platform refused or could not be reached
│  ├─ RateLimited         it asked us to wait ``retry_after`` seconds
│  ├─ ChannelUnavailable  the network or the platform failed; worth trying again
│  ├─ ContentRefused      this content will never be accepted as it is (too long, bad formatting)
│  └─ ConversationGone    the chat was deleted, or the person blocked the bot
├─ QueueError
│  └─ LeaseLost           another worker owns this event now; stop working on it
├─ StoreError
│  └─ SchemaTooNew        the database was written by a newer version of this program
├─ MemoryStoreError       the memory could not be read or written
├─ ModelError             the model failed to answer
│  ├─ ContextTooLong      the prompt does not fit the model's window
│  ├─ ModelBusy           the waiting line is full
│  ├─ ModelNotFound       there is no such model, or its files cannot be read
│  ├─ ContentNotSupported the model cannot take this kind of message (images, tools)
│  └─ OptionError         a sampling option is out of range; carries its name
├─ SkillError             a skill failed in a way its person should read
│  └─ UsageError          a command was called with wrong arguments; carries the usage line
└─ DataError              a training or evaluation record is wrong: file, line, field
"""

from __future__ import annotations

__all__ = [
    "BotError",
    "ChannelError",
    "ChannelUnavailable",
    "ConfigError",
    "ContentNotSupported",
    "ContentRefused",
    "ContextTooLong",
    "ConversationGone",
    "DataError",
    "LeaseLost",
    "MemoryStoreError",
    "ModelBusy",
    "ModelError",
    "ModelNotFound",
    "OptionError",
    "PluginError",
    "QueueError",
    "RateLimited",
    "SchemaTooNew",
    "SkillError",
    "StoreError",
    "UsageError",
]


class BotError(Exception):
    """The root: anything this project raises on purpose."""


class ConfigError(BotError):
    """The configuration is wrong; the message says in which file and line, and what is allowed."""


class PluginError(BotError):
    """An adapter, a skill or a model named in the configuration cannot be loaded."""


class ChannelError(BotError):
    """A platform refused a call or could not be reached."""


class RateLimited(ChannelError):
    """The platform asked for a pause of ``retry_after`` seconds."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ChannelUnavailable(ChannelError):
    """The network or the platform failed; the same call may succeed later."""


class ContentRefused(ChannelError):
    """The platform will never accept this content as it is."""


class ConversationGone(ChannelError):
    """The chat was deleted or the person blocked the bot; nothing can be delivered there."""


class QueueError(BotError):
    """The durable queue could not do what was asked."""


class LeaseLost(QueueError):
    """Another worker owns this event now; whatever this one still writes is refused."""


class StoreError(BotError):
    """The store of conversations could not be read or written."""


class SchemaTooNew(StoreError):
    """The database was written by a newer version of this program."""


class MemoryStoreError(BotError):
    """The memory could not be read or written."""


class ModelError(BotError):
    """The model failed to answer."""


class ContextTooLong(ModelError):
    """The prompt does not fit into the model's window."""


class ModelBusy(ModelError):
    """The model's waiting line is full."""


class ModelNotFound(ModelError):
    """There is no such model, or its files cannot be read; the message says where it was looked for."""


class ContentNotSupported(ModelError):
    """The model cannot take this kind of message."""


class OptionError(ModelError, ValueError):
    """A sampling option is out of its range; ``param`` is its name."""

    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


class SkillError(BotError):
    """A skill failed in a way that its person should read: the message is shown to them."""


class UsageError(SkillError):
    """A command was called with wrong arguments; ``usage`` is the line that says how."""

    def __init__(self, message: str, usage: str) -> None:
        super().__init__(message)
        self.usage = usage


class DataError(BotError):
    """A training or evaluation record is wrong: ``file:line: field: what``."""
