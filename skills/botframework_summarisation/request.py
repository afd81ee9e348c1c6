"""What somebody wants summarised and how; knows no model.

The patterns of requests are the skill's rules for the router.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

__all__ = ["PATTERNS", "Request", "Shape", "parse"]

Shape: TypeAlias = Literal["normal", "short", "long", "bullets"]


@dataclass(frozen=True, slots=True)
class Request:
    """``text`` is empty where a document, a quoted message or the conversation is meant."""

    text: str = ""
    shape: Shape = "normal"
    messages: int | None = None
    """How many of the conversation's last messages; 0: as many as there are; None: not the conversation."""


_SUMMARISE = r"(?:summari[sz]e|summari[sz]ing|sum\s+(?:(?:this|that|it)\s+)?up|tl;?dr|recap|condense)"
_SUMMARY = r"(?:summary|overview|recap|tl;?dr|gist|key\s+points|main\s+points)"
_ZH_SUMMARISE = r"(?:总结|概括|归纳|摘要|概述|小结|提炼)"
# Nothing is given back once it is taken (++, *+): the time is in proportion to the text, however hostile it is.
_PLEASE = r"^\s*+(?:(?:please|pls|hey|can|could|would|will|you|kindly|help|me|i|need|want|give|us)[\s,]++)*+"
_ZH_PLEASE = r"^(?:请|麻烦你?|帮我|帮忙|你?能不能|你?可以|能否|给我|[，,\s])*+"

PATTERNS: tuple[str, ...] = (
    rf"{_PLEASE}{_SUMMARISE}\b",
    rf"{_PLEASE}(?:(?:an?|the)\s++)?(?:(?:short|brief|quick|long|detailed|bullet)\s++)*+{_SUMMARY}\s++(?:of|for|on)\b",
    r"\bwhat\s++(?:did|have)\s++(?:i|we)\s++(?:miss(?:ed)?|talk(?:ed)?\s++about|discuss(?:ed)?)\b",
    rf"{_ZH_PLEASE}(?:(?:用[^，。\n]{{1,12}}?)?{_ZH_SUMMARISE}|(?:把|将|对)?.{{0,12}}?{_ZH_SUMMARISE}(?:一下|下|成))",
    rf"\n[^\S\n]*+(?:请)?{_ZH_SUMMARISE}(?:一下)?[。！]?\s*+$",
    rf"\n[^\S\n]*+{_SUMMARISE}(?:\s++this)?[.!]?\s*+$",
)

_NUMBERS = {
    **{"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10},
    **{"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100},
    **{"两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "二十": 20, "三十": 30},
    **{"五十": 50, "一百": 100},
}
_COUNT = rf"(?P<count>\d{{1,4}}|{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_SHAPES: tuple[tuple[Shape, str], ...] = (
    (
        "bullets",
        r"(?:(?:as|in|into|with|using)\s*+)?(?:an?\s++)?(?:\w{1,30}\s++)?"
        r"(?:bullet(?:\s*+(?:-\s*+)?(?:points?|list|form))?s?|key\s+points)",
    ),
    ("bullets", r"(?:用|以|列出|分|成)?(?:要点|分点|列表|条目)(?:的?形式|列出)?"),
    ("short", r"in\s+(?:one|a|two|a\s+few|1|2)\s+(?:short\s+)?(?:sentences?|lines?|words?)"),
    ("short", r"(?:very\s+)?(?:short(?:ly)?|brief(?:ly)?|quick(?:ly)?)"),
    ("short", r"(?:用|以)?(?:一|两|一两|1|2|几)句话|简短地?|简要地?|简单地?"),
    ("long", r"(?:long(?:er)?|detailed|in\s+detail|thorough(?:ly)?|extensive(?:ly)?)"),
    ("long", r"详细地?|详尽地?"),
)
_AFTER_SHAPE = r"(?=[\s,，:：.。!！?？]|$|(?<=[\u4e00-\u9fff]))\s*"
_LEADING_SHAPES = tuple(
    (shape, re.compile(rf"\s*+(?:[,，、:：]\s*+)?(?:{pattern}){_AFTER_SHAPE}", re.IGNORECASE))
    for shape, pattern in _SHAPES
)
_VERB = re.compile(
    rf"{_PLEASE}(?:(?:an?|the)\s++)?(?:(?P<adjective>short|brief|quick|long|detailed|bullet)\s++)?"
    rf"(?:{_SUMMARISE}|{_SUMMARY}(?:\s++(?:of|for|on))?)\b\s*+(?:[:：]\s*+)?"
    rf"|{_ZH_PLEASE}{_ZH_SUMMARISE}(?:一下|下)?\s*+(?:[:：]\s*+)?"
    r"|^\s*+(?:请|帮我)++(?=用|以)",
    re.IGNORECASE,
)
_ADJECTIVES: dict[str, Shape] = {
    **{"short": "short", "brief": "short", "quick": "short"},
    **{"long": "long", "detailed": "long", "bullet": "bullets"},
}
_PLEASE_BEHIND = re.compile(r"(?<![\s,])[\s,]*+(?:please|pls|for me|thanks|thank you|谢谢)\s*+[.!]*+$", re.IGNORECASE)
_ZH_ABOUT = re.compile(rf"(?:{_ZH_PLEASE})(?:把|将|对)(.+?)(?:进行|做个|做一个)?{_ZH_SUMMARISE}(?:一下|下)?[。！]?")
_SHORT = 100
_MOST_PIECES = 16
"""As many verbs and shapes are read from the front of a request."""
_TALK = r"(?:messages?|posts?|lines?|msgs?|turns?)"
_CONVERSATION = re.compile(
    rf"\s*(?:of\s+)?(?:the\s+|our\s+|this\s+|my\s+)?(?:last|previous|latest|recent|past)?\s*{_COUNT}\s*{_TALK}"
    rf"|\s*(?:of\s+)?(?:the\s+|our\s+|this\s+|my\s+)?(?:last|previous|latest|recent|past|above)\s+{_TALK}"
    r"|\s*(?:of\s+)?(?:the\s+|our\s+|this\s+|what\s+)?(?:whole\s+|entire\s+|recent\s+|above\s+|we\s+)?"
    r"(?:conversation|chat|discussion|thread|talked\s+about|discussed|said)(?:\s+(?:so\s+far|above|until\s+now))?"
    r"|.*\bwhat\s+(?:did|have)\s+(?:i|we)\s+(?:miss(?:ed)?|talk(?:ed)?\s+about|discuss(?:ed)?)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_ZH_CONVERSATION = re.compile(
    r"\s*(?:一下)?(?:我们|咱们|这个群|群里)?的?(?:最近|最后|上面|前面|刚才|以上|这|之前)?的?(?P<count>\d{1,4}|[两三四五六七八九十百二]+)?"
    r"\s*(?:条|句|轮)?的?(?:所有)?(?:消息|聊天记录|聊天内容|聊天|对话内容|对话|谈话|讨论|会话|内容)",
)
_ONLY_COUNT = re.compile(r"\s*(\d{1,4})\s*")
_THIS = re.compile(
    r"(?:\s+|^)(?:this|that|it|the|following|attached|above|text|article|document|file|message|attachment|pdf|email|for\s+me)\b"
    r"|(?:把|将)?(?:这|下面|以下|上面|附件)(?:的|个|篇|段|份|封|里)*(?:文章|文字|文本|内容|文件|文档|邮件|话|段落)?",
    re.IGNORECASE,
)
_ENDING = re.compile(
    rf"\n[^\S\n]*+(?:请)?(?:{_SUMMARISE}|{_ZH_SUMMARISE})(?:\s++this|一下)?[.!。！]?\s*+$", re.IGNORECASE
)


def parse(text: str) -> Request:
    """The request in the words after the command, or in a whole message.

    Understood are ``20``, ``short …``, ``last 20 messages``, ``总结一下上面的对话``, ``in bullets: …`` and plain text.
    """
    if (match := _ENDING.search(text)) is not None and text[: match.start()].strip():
        return Request(text[: match.start()].strip())
    request, rest, asked = Request(), text.strip(), False
    for _ in range(_MOST_PIECES):
        if (verb := _VERB.match(rest)) is not None and verb.end() > 0:
            adjective = (verb["adjective"] or "").lower()
            request, rest, asked = _shaped(request, _ADJECTIVES.get(adjective)), rest[verb.end() :], True
        elif (found := _leading_shape(rest)) is not None:
            request, rest = _shaped(request, found[0]), found[1]
        else:
            break
    if (only := _ONLY_COUNT.fullmatch(rest)) is not None:
        return replace(request, messages=int(only[1]))
    # A long text may well begin with "the conversation …": only a short remainder names one.
    if len(rest) < _SHORT:
        if (about := _ZH_ABOUT.fullmatch(rest)) is not None:
            rest, asked = about[1], True
        if asked:
            rest = _PLEASE_BEHIND.sub("", rest)
            found = _trailing_shape(rest)
            if found is not None and (_conversation(found[1]) is not None or not _without_this(found[1])):
                request, rest = _shaped(request, found[0]), found[1]
        if (messages := _conversation(rest)) is not None:
            return replace(request, messages=messages)
    return replace(request, text=_without_this(rest))


def _shaped(request: Request, shape: Shape | None) -> Request:
    return replace(request, shape=shape) if shape is not None else request


def _leading_shape(rest: str) -> tuple[Shape, str] | None:
    for shape, pattern in _LEADING_SHAPES:
        if (match := pattern.match(rest)) is not None and match.end() > 0:
            return shape, rest[match.end() :].lstrip(",，:：?？!！.。 \t\n")
    return None


def _trailing_shape(rest: str) -> tuple[Shape, str] | None:
    for shape, pattern in _SHAPES:
        if (
            match := re.search(rf"(?<![\s,，])[\s,，]*+(?:{pattern})\s*+[.。!！?？]*+$", rest, re.IGNORECASE)
        ) is not None:
            return shape, rest[: match.start()]
    return None


def _conversation(rest: str) -> int | None:
    rest = rest.rstrip(" .?!。？！")
    match = _CONVERSATION.fullmatch(rest) or _ZH_CONVERSATION.fullmatch(rest)
    if match is None:
        return None
    count = (match["count"] or "").lower()
    return int(count) if count.isdigit() else _NUMBERS.get(count, 0)


def _without_this(rest: str) -> str:
    """What is left when words that only point at the text are taken from its front."""
    position = 0
    while (match := _THIS.match(rest, position)) is not None and match.end() > position:
        position = match.end()
    after = rest[position:]
    if position and not after.strip(" .?!。？！:：，,"):
        return ""
    if position and (match := re.match(r"[^\S\n]*(?:[:：]|\n)\s*", after)) is not None:
        return after[match.end() :].strip()
    return rest.lstrip(" :：,，\n").strip()
