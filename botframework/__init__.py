"""botframework: channels, skills, memory and the model of a chat and translation bot, owned end to end.

The public names for plugin authors; importing this package loads no channel library, no torch and no database.
"""

from __future__ import annotations

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
    "UsageError",
    "skill",
]
