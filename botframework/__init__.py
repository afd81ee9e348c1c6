"""botframework: channels, skills, memory and the model of a chat and translation bot, owned end to end.

The public names for plugin authors; importing this package loads no channel library, no torch and no database,
and each name's module only when the name is first used, so that the command line answers at once.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botframework.adapter import Accept, Adapter, Capabilities, Check
    from botframework.context import Context
    from botframework.errors import (
        BotError,
        ChannelError,
        ChannelUnavailable,
        ContentRefused,
        ConversationGone,
        RateLimited,
        SkillError,
        UsageError,
    )
    from botframework.memory import Memory
    from botframework.skill import Skill, skill
    from botframework.store import TurnRecord
    from botframework.types import (
        Address,
        Attachment,
        Button,
        Buttons,
        Conversation,
        Event,
        File,
        Image,
        Message,
        Part,
        Person,
        Quote,
        Receipt,
        Status,
        Text,
    )

__all__ = [
    "Accept",
    "Adapter",
    "Address",
    "Attachment",
    "BotError",
    "Button",
    "Buttons",
    "Capabilities",
    "ChannelError",
    "ChannelUnavailable",
    "Check",
    "ContentRefused",
    "Context",
    "Conversation",
    "ConversationGone",
    "Event",
    "File",
    "Image",
    "Memory",
    "Message",
    "Part",
    "Person",
    "Quote",
    "RateLimited",
    "Receipt",
    "Skill",
    "SkillError",
    "Status",
    "Text",
    "TurnRecord",
    "UsageError",
    "skill",
]

_MODULES = {
    "adapter": (
        "Accept",
        "Adapter",
        "Capabilities",
        "Check",
    ),
    "context": ("Context",),
    "errors": (
        "BotError",
        "ChannelError",
        "ChannelUnavailable",
        "ContentRefused",
        "ConversationGone",
        "RateLimited",
        "SkillError",
        "UsageError",
    ),
    "memory": ("Memory",),
    "skill": (
        "Skill",
        "skill",
    ),
    "store": ("TurnRecord",),
    "types": (
        "Address",
        "Attachment",
        "Button",
        "Buttons",
        "Conversation",
        "Event",
        "File",
        "Image",
        "Message",
        "Part",
        "Person",
        "Quote",
        "Receipt",
        "Status",
        "Text",
    ),
}
_HOMES = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Lets ``botframework.skill`` stay the decorator after the module of the same name was imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name == "skill" and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
