"""What the translation skill itself says, in English and Chinese; knows no model."""

from __future__ import annotations

__all__ = ["say"]

_TEXTS = {
    "what": {
        "en": "What shall I translate into {language}? Send me the text.",
        "zh": "要翻译成{language}的内容是什么？请把文字发给我。",
    },
    "what-at-all": {
        "en": "What shall I translate? Send me the text, or reply to a message with `/translate fr`.",
        "zh": "要翻译什么？请把文字发给我，或者用 `/translate fr` 回复一条消息。",
    },
    "already": {
        "en": "This is in {language} already:\n\n{text}",
        "zh": "这段话已经是{language}了：\n\n{text}",
    },
    "failed": {
        "en": "I could not translate this part, so it stands as it was: {parts}",
        "zh": "这部分没有翻译成功，已保留原文：{parts}",
    },
    "unsure": {
        "en": "I am not sure that this is {language}; the model may not know that language.",
        "zh": "我不确定这是不是{language}，这个模型可能不会这种语言。",
    },
}


def say(key: str, language: str, /, **values: str) -> str:
    """The text of ``key`` for a reader of ``language``; English for other languages than English and Chinese."""
    texts = _TEXTS[key]
    return texts.get(language, texts["en"]).format(**values)
