"""What somebody wants translated into what, read from their words; knows no model.

The same patterns are the skill's rules for the router.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from botframework_translation.languages import Language, any_name, find

__all__ = ["PATTERNS", "Request", "from_command", "from_message", "loosely", "refers_back"]


@dataclass(frozen=True, slots=True)
class Request:
    """``text`` is empty where the quoted or the last message is meant; ``language`` is None where none is named."""

    text: str
    language: Language | None = None


_NAME = rf"(?P<language>{any_name(chinese=False)})"
_ZH_NAME = rf"(?P<language>{any_name(chinese=True)})"
_PLEASE = r"^\s*+(?:(?:please|pls|hey|hi|can|could|would|will|you|kindly|help|me|to)[\s,]++)*+"
_THIS = r"(?:\s++(?:this|that|it|the following|following|the|my|these|text|sentences?|message|phrase|lines?|below))*+"
_ZH_THIS = (
    r"(?:把|将)?(?:这句话|这段话|这个|这些|这段|下面的?|以下的?|上面的?)?(?:的?(?:内容|句子|文字|文本|话|一段|段落))?"
)
_END = r"[\s,]*+(?:(?:please|pls|thanks|thank you|svp|bitte|por favor)\s*+)?[.?!]*+\s*+$"
_ZH_END = r"\s*+[?？。.！!吗呢]*+\s*+$"
# A text stops only where no blank, and no sign that the end could begin with, stands on both sides.
_TEXT = r"(?P<text>.+?)(?<!\s)"
_TEXT_END = rf"(?P<text>.+?)(?<![\s,])(?:(?<![.?!])|(?![.?!])){_END}"
_TEXT_ZH_END = rf"(?P<text>.+?)(?<!\s)(?:(?<![?？。.！!吗呢])|(?![?？。.！!吗呢])){_ZH_END}"
_INTO = rf"(?:in)?to\s++{_NAME}(?:\s++for me)?"
_FROM = r"(?:from\s++\w++\s++)?"
_HOW = r"\bhow\s++(?:do|would|can|should|to|does one)\s*+(?:(?:you|i|we|they|one)\s*+)?(?:say|write|spell)"
_WHAT = r"\bwhat(?:'s|’s|\s++is)\s++(?:the\s++)?"
_WORD = r"(?:word|phrase|translation|expression)"
_ZH_INTO = rf"(?:翻译|译)(?:成|为|到)\s*+{_ZH_NAME}"
_ZH_HOW = rf"用\s*+{_ZH_NAME}\s*+(?:应该)?(?:怎么|如何|咋)样?(?:去)?(?:说|讲|表达|写|表示)"
_ZH_OF = rf"的\s*+{_ZH_NAME}\s*+(?:是什么|怎么说|怎么写|怎么讲|叫什么|翻译是什么|翻译)"
# 请用英语怎么说 asks for the word 请 itself.
_ZH_ASKED = re.sub(r"\?P<\w+>", "?:", rf"\s*+(?:{_ZH_HOW}|{_ZH_OF}){_ZH_END}")
_ZH_PLEASE = rf"^(?:(?:请问|请|麻烦你?|帮我|帮忙|你?能不能|你?可以|能否|给我|我想知道)(?!{_ZH_ASKED})|[，,\s])*+"

# "hello in French" is no sentence; a question of a few words that could be one is taken for a phrase.
_GREETING = (
    r"(?:hello|hi|good (?:morning|afternoon|evening|night|day|luck)|thank you(?: very much)?|thanks|please|sorry|"
    r"goodbye|bye|welcome|cheers|happy birthday|happy new year|merry christmas|i love you)"
)
_NO_PHRASE = (
    r"(?!(?:what|how|who|why|when|where|which|is|are|was|were|do|does|did|can|could|would|will|should|have|has|any|and|"
    r"or|but|you|he|she|it|they|we|books?|films?|movies?|songs?|lessons?|classes)\b)"
)
# Every pattern takes time in proportion to the text, however hostile it is: nothing is given back once it is taken
# (++, *+), and what may stand anywhere is looked for once ((?>.*? …)).
PATTERNS: tuple[str, ...] = (
    rf"{_PLEASE}translate{_THIS}\s++{_FROM}{_INTO}\s*(?:[:：]|\s-\s|\n)\s*(?P<text>.+)$",
    rf"{_PLEASE}translate[\s:]++{_TEXT}\s++{_FROM}{_INTO}{_END}",
    rf"^(?P<text>.+)\n[^\S\n]*+(?:please\s++)?translate{_THIS}\s++{_INTO}{_END}",
    rf"^(?>.*?{_HOW}[\s:]++){_TEXT}\s++in\s++{_NAME}{_END}",
    rf"^(?>.*?{_HOW}\s++in\s++{_NAME}[\s:,]++)(?P<text>.+?)(?<!\s)(?:(?<!\?)|(?!\?))\s*+\?*+\s*+$",
    rf"^(?>.*?{_WHAT}{_WORD}\s++(?:for|of)\s++){_TEXT}\s++in(?:to)?\s++{_NAME}{_END}",
    rf"^(?>.*?{_WHAT}{_NAME}\s++(?:{_WORD}\s++)?(?:for|of)\s++){_TEXT_END}",
    rf"^(?>.*?{_WHAT}(?=[\"“'«「]))(?P<text>..+?[\"”'»」])\s++in\s++{_NAME}{_END}",
    rf"{_PLEASE}say\s++{_TEXT}\s++in\s++{_NAME}{_END}",
    rf"^\s*+(?P<text>{_GREETING})\s++in\s++{_NAME}{_END}",
    rf"^\s*+{_NO_PHRASE}(?P<text>(?:[\w'’-]{{1,15}}\s){{0,3}}[\w'’-]{{1,15}})\s++in\s++{_NAME}\s*+\?\s*+$",
    rf"^\s*+(?:in|into|to)\s++{_NAME}\s*+[:：]\s*(?P<text>.+)$",
    rf"{_ZH_PLEASE}{_ZH_THIS}{_ZH_INTO}\s*[:：,，\n]\s*(?P<text>.+)$",
    rf"{_ZH_PLEASE}(?:把|将)\s*+{_TEXT}\s*+{_ZH_INTO}{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_HOW}\s*+(?:[:：,，]\s*+)?{_TEXT_ZH_END}",
    rf"{_ZH_PLEASE}(?P<text>.+?)(?<![\s,，])[\s,，]*+(?:这句话|这个词)?{_ZH_HOW}{_ZH_END}",
    rf"{_ZH_PLEASE}用\s*+{_ZH_NAME}\s*+说\s*+(?![话说得出一过的吗是])(?P<text>[^。？！?!\n]{{1,30}}?)[。！!]?\s*+$",
    rf"{_ZH_PLEASE}{_TEXT}\s*+{_ZH_OF}{_ZH_END}",
    rf"{_ZH_PLEASE}{_ZH_INTO}{_ZH_END}",
    rf"{_ZH_PLEASE}{_TEXT}\s*+{_ZH_INTO}{_ZH_END}",
    rf"{_ZH_PLEASE}(?:翻译|译)(?:一下)?{_ZH_THIS}\s*+[:：]\s*(?P<text>.+)$",
    rf"^\s*+(?:翻译|译)(?:一下)?{_ZH_THIS}{_ZH_END}",
    rf"{_PLEASE}translate{_THIS}\s*+[:：]\s*(?P<text>.+)$",
    rf"{_PLEASE}translate{_THIS}(?:\s++{_INTO})?{_END}",
    rf"^\s*+(?:peux-tu\s++|pouvez-vous\s++)?tradui(?:s|sez|re|t)(?:-moi)?[\s:]++{_TEXT}\s++en\s++{_NAME}{_END}",
    rf"^(?>.*?\bcomment\s++(?:dit-on|on\s++dit|dire|dis-tu|dites-vous)[\s:]++){_TEXT}\s++en\s++{_NAME}{_END}",
    rf"^\s*+(?:bitte\s++)?übersetzen?(?:\s++sie)?[\s:]++{_TEXT}\s++(?:ins|auf|in)\s++{_NAME}e?{_END}",
    rf"^(?>.*?\bwie\s++(?:sagt|schreibt)\s++man[\s:]++){_TEXT}\s++auf\s++{_NAME}{_END}",
    rf"^\s*+(?:por favor,?\s++)?tradu(?:ce|cir|zca|ce?me)[\s:]++{_TEXT}\s++al?\s++{_NAME}{_END}",
    rf"^(?>.*?\bc[óo]mo\s++se\s++(?:dice|escribe)[\s:]++){_TEXT}\s++en\s++{_NAME}{_END}",
)
_COMPILED = tuple(re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in PATTERNS)
_ANY_LANGUAGE = re.compile(
    rf"{_PLEASE}translate[\s:]++{_TEXT}\s++(?:in)?to\s++(?P<language>[^\W\d_]++){_END}",
    re.IGNORECASE | re.DOTALL,
)
_ALL_BACK = re.compile(
    r"\s*+(?:this|that|it|these|those|(?:(?:the|this|that|my|your)\s*+)?(?:(?:last|previous)\s*+)?(?:text|sentence|message|answer)|"
    r"the above|above|ça|cela|ceci|das|es|dies|esto|eso|"
    r"(?:把|将)?(?:这|那|上)(?:一|个|些)?(?:句|段|条)?(?:话|消息|文字|内容)?|上面的?(?:话|内容|消息|文字)?|它)\s*+[.?!。？！]*+\s*+",
    re.IGNORECASE,
)
_MENTIONED = re.compile(rf"\b(?:{any_name(chinese=False)})\b|{any_name(chinese=True)}", re.IGNORECASE)
_QUOTED = re.compile(r"^(?>.*?[\"“«「『](?=[^\"”»」』]))(?P<text>[^\"”»」』]++)[\"”»」』]", re.DOTALL)
_AFTER_COLON = re.compile(r"^[^\n]{3,80}?(?:[:：]|\n)\s*+(?P<text>\S.*)$", re.DOTALL)
_ABOUT_TRANSLATING = re.compile(r"translat|翻译|译成|traduc|tradui|übersetz", re.IGNORECASE)
_QUOTES = {'"': '"', "“": "”", "'": "'", "‘": "’", "«": "»", "「": "」", "『": "』", "《": "》", "„": "“"}
_LEADING_NAME = tuple(
    re.compile(rf"\s*+(?:(?:in)?to\s+|in\s+|[成为到]\s*)?{name}(.*)$", re.IGNORECASE | re.DOTALL)
    for name in (r"(\S+\s+[^\s:：]+)(?:\s*[:：]\s*|\s+|$)", r"([^\s:：]+)(?:\s*[:：]\s*|\s+|$)")
)
_ALSO_WORDS = frozenset({"it", "he", "hi", "no", "la", "da", "el", "id", "ms", "th", "fi", "fa"})


def from_command(text: str) -> Request:
    """What stands after ``/translate``: a language first, where one is named, then the text.

    ``fr Good morning``, ``into French: Good morning``, ``Good morning`` and whole sentences are understood.
    """
    if (request := from_message(text)) is not None:
        return request
    for pattern in _LEADING_NAME:
        match = pattern.match(text)
        if match and (language := find(match[1])) is not None:
            rest = match[2]
            if match[1] in _ALSO_WORDS and rest[:1].islower():
                continue  # "it is raining" is a sentence, "it Good morning" names Italian
            return Request(_unquoted(rest), language)
    return Request(_unquoted(text))


def from_message(text: str) -> Request | None:
    """What a message asks for in words; None where it does not say so in a way that is understood."""
    for pattern in _COMPILED:
        if (match := pattern.search(text)) is not None:
            groups = match.groupdict()
            return _request(groups.get("text"), find(groups.get("language") or ""))
    if (match := _ANY_LANGUAGE.search(text)) is not None:
        return _request(match["text"], Language("", match["language"].capitalize()))
    return None


def loosely(text: str) -> Request:
    """What a message means that only seems to ask for a translation.

    The text is what stands in quotes or after a colon, the language the last one that is named; a message that names
    none and quotes nothing is itself the text.
    """
    names = [match[0] for match in _MENTIONED.finditer(text)]
    language = find(names[-1]) if names else None
    quoted = _QUOTED.search(text) or _AFTER_COLON.search(text)
    if quoted is not None:
        return _request(quoted["text"], language)
    if language is None and not _ABOUT_TRANSLATING.search(text):
        return Request(text.strip())
    return Request("", language)


def refers_back(text: str) -> bool:
    """Whether a text only points at an earlier one: ``this``, ``that message``, ``这句话``."""
    return not text.strip() or _ALL_BACK.fullmatch(text) is not None


def _request(text: str | None, language: Language | None) -> Request:
    text = _unquoted(text or "")
    return Request("" if refers_back(text) else text, language)


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 2 and _QUOTES.get(text[0]) == text[-1] and text[-1] not in text[1:-1]:
        return text[1:-1].strip()
    return text
