"""langchain's messages as a chat template takes them; knows no model."""

from __future__ import annotations

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages import ChatMessage as LangChainChatMessage

from botframework.engine.prompt import ChatMessage
from botframework.errors import ContentNotSupported

__all__ = ["chat_messages"]

_ROLES = {"system": "system", "human": "user", "ai": "assistant"}


def chat_messages(messages: list[BaseMessage]) -> list[ChatMessage]:
    """langchain's messages as the chat template takes them.

    Raises:
        ContentNotSupported: a message carries something else than text, or has a role this model does not know.
    """
    return [ChatMessage(role=_role(message), content=_text(message)) for message in messages]


def _role(message: BaseMessage) -> str:
    if isinstance(message, LangChainChatMessage):
        return message.role
    if isinstance(message, AIMessage) and message.tool_calls:
        raise ContentNotSupported("a message calls tools, which this model cannot; leave such messages out")
    role = _ROLES.get(message.type)
    if role is None:
        raise ContentNotSupported(
            f"a {message.type!r} message is not supported; this model takes system, human and ai messages"
        )
    return role


def _text(message: BaseMessage) -> str:
    if isinstance(message.content, str):
        return message.content
    parts: list[str] = []
    for block in message.content:
        if isinstance(block, str):
            parts.append(block)
        elif block.get("type") == "text":
            parts.append(str(block["text"]))
        else:
            raise ContentNotSupported(
                f"a message contains {block.get('type', 'something unknown')!r}; this model reads text only"
            )
    return "".join(parts)
