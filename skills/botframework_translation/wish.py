"""Whether somebody wants a whole conversation translated, and between which languages; knows no conversation.

The same patterns are the skill's rules for the router.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botframework_translation.languages import Language, any_name, find

__all__ = ["PATTERNS", "UnknownLanguage", "Wish", "from_command", "from_message"]


class UnknownLanguage(ValueError):
    """A word stands where a language should; ``word`` is that word."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word!r} is no language that is known here")
        self.word = word


@dataclass(frozen=True, slots=True)
class Wish:
    """To switch auto-translation on or off. ``other`` is what a message in ``language`` becomes, where it is named."""

    on: bool
    language: Language | None = None
    other: Language | None = None


_NAME = any_name(chinese=False)
_ZH_NAME = any_name(chinese=True)
_YOU = r"you(?!\s(?:can|may)\sstop)"
_START = rf"^\s*+(?:(?:please|pls|hey|hi|ok|okay|can|could|would|will|{_YOU}|kindly|now|just)[\s,]++)*+"
_END = r"[\s,]*+(?:(?:please|pls|thanks|thank you)\s*+)?[.!?]*+\s*+$"
_LASTING = r"(?:from now on(?:wards?)?|from here on|starting now|always|automatically)"
_WHO = r"(?:i|we|they|you see|anyone|anybody|everyone|everybody|people)"
_HERE = r"(?:in )?(?:this|the|our) (?:chat|group|conversation|channel|thread)|here"
_ALL = (
    r"(?:everything|(?:every|each) (?:single )?message|all(?: of)?(?: the| my| our| your| these)? messages|"
    rf"(?:anything|whatever|what|all)(?= {_WHO}\b))"
    rf"(?:\s+(?:that\s+)?{_WHO}\s+(?:says?|writes?|sends?|posts?|types?|said)|\s+(?:in\s+)?(?:{_HERE}))*+"
)
_AUTO = r"(?:the\s+)?auto(?:matic)?[\s-]?translat(?:e|ion|ing)(?:\s+mode)?"
_LANGUAGES = (
    rf"(?:in)?to\s+(?P<language>{_NAME})(?:\s+and\s+(?:(?:in)?to\s+)?(?P<other>{_NAME}))?",
    rf"from\s+(?P<other>{_NAME})\s+(?:in)?to\s+(?P<language>{_NAME})(?:\s+and\s+(?:back|vice versa))?",
    rf"between\s+(?P<language>{_NAME})\s+and\s+(?P<other>{_NAME})",
)
_ON = (
    rf"{_START}(?:{_LASTING}[\s,]+)?{_START[1:]}(?:always\s+|automatically\s+)?translate\s+{_ALL}\s+LANGUAGES"
    rf"(?:[\s,]+(?:{_LASTING}|{_HERE}))*{_END}",
    rf"{_START}{_LASTING}[\s,]+{_START[1:]}translate(?:\s+(?:it|this|that|them))?\s+LANGUAGES{_END}",
    rf"{_START}translate(?:\s+(?:it|this|that|them))?\s+LANGUAGES[\s,]+{_LASTING}{_END}",
    rf"{_START}(?:(?:turn|switch)\s+on|enable|start|activate)\s+{_AUTO}\s+LANGUAGES{_END}",
    rf"{_START}auto(?:matically)?[\s-]?translate(?:\s+{_ALL})?\s+LANGUAGES{_END}",
)
_OFF = (
    rf"{_START}(?:stop|quit|end|no more|no need for|(?:(?:turn|switch)\s+off)|disable|deactivate)\s+"
    r"(?:the\s+|auto[\s-]?|automatic\s+|with\s+the\s+|all\s+)*translat(?:e|ing|ions?)(?:\s+mode)?"
    rf"(?:\s+(?:{_ALL}|any\s?more|for now|it all|{_HERE}))*{_END}",
    rf"{_START}(?:turn|switch)\s+{_AUTO}\s+off{_END}",
    rf"{_START}(?:don['’]?t|do not|no need to|you (?:can|may) stop)\s+(?:auto[\s-]?)?translat(?:e|ing)"
    rf"(?:\s+{_ALL})?\s+(?:any\s?more|any longer|from now on){_END}",
)

_ZH_START = r"^(?:请你?|麻烦你?|帮我|帮忙|给我|你?能不能|你?可以|能否|那就?|好了?|现在(?!开始)|[，,\s])*+"
_ZH_END = r"\s*+(?:吧|了|啦|吗|就行|就好|即可|谢谢|[，,]\s*谢谢)*+\s*+[?？。.！!]*+\s*+$"
_ZH_ALL = r"(?:每一?[条句个]|所有|全部|一切|任何)"
_ZH_LASTING = (
    r"(?:从现在(?:开始|起)?|从今(?:以后|往后|天起|天开始)?|以后|今后|往后|之后|接下来|现在开始|"
    rf"一直|始终|总是|自动|都|{_ZH_ALL})"
)
_ZH_AROUND = (
    r"(?:把|将|我们?|咱们|大家|这里|群里|这个群|本群|这个?对话|聊天|说|写|发送?|讲|的|消息|话|内容|信息|东西|"
    r"请|麻烦|帮我|给我|你|要|[，,\s])"
)
_ZH_WHAT = rf"{_ZH_AROUND}*+{_ZH_LASTING}(?:{_ZH_AROUND}|{_ZH_LASTING})*+"
_ZH_PAIR = r"(?P<language>[中英法德西日韩俄])[文语]?(?:和|与|跟|、)?(?P<other>[中英法德西日韩俄])[文语]?"
_ZH_AUTO = r"自动(?:翻译|互译)(?:模式|功能)?"
_ZH_ON = (
    rf"{_ZH_START}{_ZH_WHAT}(?:翻译|译)(?:成|为|到)\s*(?P<language>{_ZH_NAME})"
    rf"(?:\s*(?:和|与|或|、)\s*(?P<other>{_ZH_NAME}))?{_ZH_END}",
    rf"{_ZH_START}(?:{_ZH_AROUND}|{_ZH_LASTING})*+{_ZH_PAIR}(?:之间)?(?:自动)?(?:互译|互相翻译|对译){_ZH_END}",
    rf"{_ZH_START}(?:开启|打开|启用|开始)?{_ZH_AUTO}(?:成|为|到)\s*(?P<language>{_ZH_NAME}){_ZH_END}",
)
_ZH_OFF = (
    rf"{_ZH_START}(?:以后|之后)?(?:不用|不要|不必|不需要|无需|别|停止|停下|取消|关闭|关掉|退出|结束)(?:再|继续|帮我|给我|都)*"
    rf"(?:自动)?翻译(?:模式|功能)?{_ZH_END}",
    rf"{_ZH_START}(?:把|将){_ZH_AUTO}(?:关闭|关掉|关了|停掉|停了|取消|关上){_ZH_END}",
)
_BARE = (
    rf"{_START}(?:(?:turn|switch)\s+on|enable|start|activate)\s+{_AUTO}{_END}",
    rf"{_START}(?:turn|switch)\s+{_AUTO}\s+on{_END}",
    rf"{_ZH_START}(?:开启|打开|启用){_ZH_AUTO}{_ZH_END}",
)
# Who wants this says so in a line; a longer text, or one of blanks, is not searched: that would take long.
_SHORT = r"\A(?!.{161}|.*\s{4})"
_EVERY_ON = (*(on.replace("LANGUAGES", names) for on in _ON for names in _LANGUAGES), *_ZH_ON, *_BARE)
_SWITCH_ON = tuple(_SHORT + pattern for pattern in _EVERY_ON)
_SWITCH_OFF = tuple(_SHORT + pattern for pattern in (*_OFF, *_ZH_OFF))

PATTERNS: tuple[str, ...] = (*_SWITCH_ON, *_SWITCH_OFF)
_COMPILED = tuple((pattern in _SWITCH_ON, re.compile(pattern, re.IGNORECASE | re.DOTALL)) for pattern in PATTERNS)

_OFF_WORDS = frozenset({"off", "stop", "end", "no", "none", "0", "关", "关闭", "关掉", "停", "停止", "取消", "不用了"})
_BETWEEN = re.compile(r"[\s,;/、，+&]+|<[-=]++>|(?<![-=])[-=]++>|[↔⇄⇆→]|(?<=[\u4e00-\u9fff])[和与](?=[\u4e00-\u9fff])")
_FILLERS = frozenset({"", "on", "to", "into", "and", "between", "from", "开", "开启", "成", "和", "与"})


def from_command(text: str) -> Wish | None:
    """What stands after ``/autotranslate``: ``fr``, ``en zh``, ``French``, ``off``; None where nothing does.

    Raises:
        UnknownLanguage: a word is no language.
    """
    if (wish := from_message(text)) is not None:
        return wish
    words = [word for word in _BETWEEN.split(text) if word.lower() not in _FILLERS]
    if not words:
        return Wish(True) if text.strip() else None
    if len(words) == 1 and words[0].lower().strip(".。!！") in _OFF_WORDS:
        return Wish(False)
    languages: list[Language] = []
    for word in words:
        language = find(word)
        if language is None or len(languages) == 2:
            raise UnknownLanguage(word)
        languages.append(language)
    return _on(*languages)


def from_message(text: str) -> Wish | None:
    """What a message asks for in words; None where it asks for neither."""
    for on, pattern in _COMPILED:
        if (match := pattern.search(text)) is not None:
            groups = match.groupdict()
            names = [name for name in (groups.get("language"), groups.get("other")) if name]
            return _on(*filter(None, map(_named, names))) if on else Wish(False)
    return None


def _on(language: Language | None = None, other: Language | None = None) -> Wish:
    return Wish(True, language, other if other != language else None)


def _named(name: str) -> Language | None:
    """A language, also by the one character that stands for it in 中英互译."""
    return find(name) or find(f"{name}文")
