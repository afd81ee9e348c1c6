"""Who asks for the date or the time, in the languages of the bot; knows what time it is here and no other place.

A language model cannot know either. The patterns are rules for the router, as in `phrases`.
"""

from __future__ import annotations

from datetime import datetime

__all__ = ["TIME", "here"]

_BEFORE = (
    r"^\s*+(?:(?:please|ok|okay|so|and|hey|hi|hello|well|excuse me|sorry|do you know|(?:can|could) you)[\s,.!]++)*+"
)
_AFTER = r"(?:[\s,]++(?:today|now|right now|currently|exactly|please|then|here))*+\s*+[?.!]*+\s*+$"
_WHICH = r"(?:time|day|date|weekday|day\s++of\s++the\s++week)"
_THE = r"(?:the\s++(?:current\s++)?(?:time|date|day)|today['’]?s\s++date)"
_ZH_BEFORE = r"^\s*+(?:请问|你?知道|你?能告诉我|告诉我|[，,\s])*+"
_ZH_AFTER = r"(?:[了呢啊呀吗，,\s]|钟)*+[?？。.！!]*+\s*+$"
_ZH_DAY = r"(?:几月几[号日]|几号|多少号|星期几|周几|礼拜几|什么日子|什么日期|哪一?天)"

TIME: tuple[str, ...] = (
    rf"{_BEFORE}(?:what|which)\s++{_WHICH}\s++(?:is\s++(?:it|today)|it\s++is|do\s++we\s++have){_AFTER}",
    rf"{_BEFORE}what(?:['’]?s|\s++is)\s++(?:{_THE}|today){_AFTER}",
    rf"{_BEFORE}(?:tell|give)\s++me\s++(?:{_THE}|what\s++{_WHICH}\s++it\s++is){_AFTER}",
    rf"{_ZH_BEFORE}(?:现在|此刻)是?(?:几点|什么时间|什么时候|什么时刻){_ZH_AFTER}",
    rf"{_ZH_BEFORE}几点(?:钟)?了{_ZH_AFTER}",
    rf"{_ZH_BEFORE}(?:今天|现在)是?{_ZH_DAY}(?:[，,、\s]*+是?{_ZH_DAY})*+{_ZH_AFTER}",
    rf"{_ZH_BEFORE}(?:今天|现在|当前)的?(?:日期|时间)(?:是(?:什么|多少|几号|几点))?{_ZH_AFTER}",
    r"^\s*+(?:quelle\s++heure\s++(?:est-il|il\s++est)|quel\s++jour\s++(?:sommes-nous|est-on|on\s++est)|"
    rf"quelle\s++est\s++la\s++date(?:\s++d['’]aujourd['’]hui)?){_AFTER}",
    r"^\s*+(?:wie\s++(?:viel\s++uhr|spät)\s++ist\s++es|welche[rns]?\s++(?:wochen)?tag\s++(?:ist|haben\s++wir)(?:\s++heute)?|"
    r"welches\s++datum\s++(?:ist|haben\s++wir)(?:\s++heute)?|der\s++wievielte\s++ist\s++heute)(?:\s++(?:jetzt|gerade))?"
    rf"{_AFTER}",
    r"^\s*+¿?\s*+(?:qué\s++hora\s++es|qué\s++(?:día|fecha)\s++es(?:\s++hoy)?|a\s++qué\s++(?:día|fecha)\s++estamos)"
    rf"{_AFTER}",
)
"""To be told the date and the time."""


def here() -> datetime:
    """The time now, in the zone of this machine."""
    return datetime.now().astimezone()
