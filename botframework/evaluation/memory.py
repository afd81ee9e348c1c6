"""Answers from remembered facts: which value is asked for, and whether it stands in an answer; knows no model.

The facts are the lines ``- …`` of the system message; what the person said earlier in the conversation counts as a fact
too. The rule, so that it never counts an answer that only sounds right:

* A reference that admits not to know (*you have not told me*, *不知道*) needs an answer that admits it as well.
* Else the values are those content words of the reference that occur in a fact and not in the question. Of a fact
  ``Label: value`` only the value is looked at. Words are compared in lower case;
  function words are no values, and words such as *allergic* are only where nothing else is. Of Chinese the longest
  runs of characters that reference and fact share are taken, cut at function characters, at least two characters long
  unless the whole value is one. **All** values must stand in the answer, words as whole words, and the answer must not
  admit not to know. What an answer denies (*you do not live in Oslo*) does not stand in it, unless the reference denies
  something too.
* A reference without a value (*How are you?* asked beside facts) is no memory question and is left out of the rate;
  so is a message without a question mark (*Good evening!*, answered with the person's name), which has its own rate.

ROUGE-L is reported over all records.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from botframework.evaluation.decoding import drawing
from botframework.evaluation.records import Record, chat_of, read, title
from botframework.evaluation.result import Answer, Measure, Part, mean, rate
from botframework.evaluation.rouge import rouge
from botframework.evaluation.subject import Chat, Chatting
from botframework.evaluation.suite import Suite

__all__ = ["Wanted", "counts", "memories", "refuses", "wanted"]

_REFUSAL = re.compile(
    r"\b(?:do(?:n't| not)|did(?:n't| not)) (?:yet )?(?:know|remember|recall|"
    r"have (?:that|any|your|enough|information|a (?:record|note|memory)))\b"
    r"|\b(?:have(?:n't| not)|has(?:n't| not)|had(?:n't| not)|never|did(?:n't| not)) "
    r"(?:yet )?(?:told|tell|said|say|mentioned|mention|shared|share|given|give|gave)\b"
    r"|\b(?:have(?:n't| not)|was(?:n't| not)|never) (?:yet )?been (?:told|given)\b|\bwas never told\b"
    r"|\b(?:not?|nobody|no one)(?: has)? (?:been )?(?:ever )?told me\b|\bhave yet to tell\b"
    r"|\bno (?:idea|memory|record|note|information)\b|\bnot (?:sure|aware)\b|\bunknown to me\b"
    r"|\bi can(?:'t|not) (?:remember|recall|know|tell|say|find)\b"
    r"|不知道|不晓得|不清楚|不(?:太)?确定|不记得|记不(?:得|起|清)|想不起|不了解|不得而知|无法(?:得知|知道|确定)"
    r"|没有?(?:跟|和|对|向)?我?(?:说|告诉|提|讲)|还?没(?:有)?(?:说|告诉|提|讲)|未(?:告诉|提)"
    r"|没有?[^，。！？,.!?]{0,10}?(?:信息|记录|资料|印象)",
    re.IGNORECASE,
)
_QUESTION = re.compile("[?？]")
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|「[^」]*」")
_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_HAN = re.compile(r"[\u3400-\u9fff]+")
_ORDINAL = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)\b")
_MAY = re.compile(r"(?<=\d )may\b|(?<=\bof )may\b|(?<=\bin )may\b|\bmay(?= \d)")
_COUNTED = re.compile(r"(\d+)\s?([年月日号点岁分])")
"""Numbers whose order would not be told without their unit."""
_FUNCTION_HAN = "的了是在去有和与吗呢吧啊呀你我们这那个叫把被给对跟也都就还很会要想能可以不没请让为到从上下里说"
_CUT = re.compile(f"[{_FUNCTION_HAN}]|(喜欢|过敏)|最(?=爱)|计划|打算|正")
_FUNCTION = frozenset(
    """a about after all also always am an and any anything are as at be because been before being best both but by
    called can can't cannot could did do does doing don't each eat every everything favorite favourite for friend
    from get
    give go goes going good great had has have having he help her here hers him his how i i'll i'm i've if in into is
    it it's its just keep kind know like likes live lives make many may maybe me mine more most much must my name named
    need needs never new nice no not now of off on one only or other our out over own plan plans please remember said
    say see she should since so some sorry still such sure take tell than thank thanks that that's the their them then
    there these they thing things this those time to today tomorrow too try up us use uses very want wants was we well
    were what when where which while who whose why will wish with without would write writes yes yet you you'll you're
    you've your
    yours""".split()  # noqa: SIM905 - a list of single strings would take two pages
)
_CLAUSE = re.compile(r"[.!?](?=\s|\Z)|[,;。！？，；、\n]|\bbut\b|而是")
_NEGATION = re.compile(r"\b(?:not|never|no longer|cannot|no)\b|n't\b|[不没未]|别(?!忘)")
_NO_NEGATION = re.compile(
    r"\b(?:do(?:n't| not) (?:forget|worry)|no (?:problem|doubt|worries)|why not)\b|"
    r"不客气|没问题|没错|不错|不用谢|不要忘|不会忘"
)
_WEAK = frozenset({"allergic", "likes", "喜欢", "过敏"})
_FACT = re.compile(r"^- (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an answer must hold: an admission not to know, or every one of the values (none: nothing to check)."""

    refusal: bool
    values: tuple[str, ...] = ()
    negated: bool = False
    """The reference itself says what is not so (*you do not eat meat*)."""

    @property
    def asked(self) -> bool:
        """Whether this is a memory question at all."""
        return self.refusal or bool(self.values)


def refuses(text: str) -> bool:
    """Whether a text admits not to know, or not to have been told."""
    return _REFUSAL.search(_QUOTED.sub("", _plain(text))) is not None


def wanted(chat: Chat, reference: str) -> Wanted:
    """What an answer to the last message of ``chat`` must hold, by the rule at the top."""
    if refuses(reference):
        return Wanted(True)
    question = _plain(chat[-1]["content"])
    facts = [_plain(_value(fact)) for m in chat if m["role"] == "system" for fact in _FACT.findall(m["content"])]
    facts += [_plain(message["content"]) for message in chat[:-1] if message["role"] == "user"]
    plain = _plain(reference)
    known = {word for fact in facts for word in _words(fact)}
    asked = set(_words(question))
    words = [word for word in _words(plain) if word in known and word not in asked]
    runs = [run for fact in facts for run in _runs(fact, plain) if run not in question]
    runs = [run for run in runs if not any(run != other and run in other for other in runs)]
    values = dict.fromkeys([*words, *runs])
    strong = tuple(value for value in values if value not in _WEAK)
    return Wanted(False, strong or tuple(values), _is_negated(plain))


def counts(answer: str, need: Wanted) -> bool:
    """Whether an answer holds what is needed."""
    if need.refusal:
        return refuses(answer)
    plain = _plain(answer)
    if not need.negated:
        plain = ", ".join(clause for clause in _CLAUSE.split(plain) if not _is_negated(clause))
    words = set(_words(plain))
    held = all(value in plain if _HAN.match(value) else value in words for value in need.values)
    return held and not refuses(answer)


def memories(suite: Suite, files: Sequence[Path], subject: Chatting, limit: int | None) -> Iterator[Part]:
    """One part for each file: its questions, then all of its records by language."""
    for file in files:
        records = read(file, "messages", limit, _wrong)
        asked = [_asked(record) for record in records]
        chats, references = [chat for chat, _ in asked], [reference for _, reference in asked]
        answers = subject.answer(chats, suite.max_new_tokens, drawing(suite))
        lengths = rouge(answers, references, ["rougeL"])
        items, languages = [], []
        for chat, answer, reference, score, record in zip(chats, answers, references, lengths, records, strict=True):
            need = wanted(chat, reference)
            scores = {"ROUGE-L": score["rougeL"]}
            if need.asked and not _QUESTION.search(chat[-1]["content"]):
                scores["used unasked"] = float(counts(answer, need))
            elif need.asked:
                scores["answered"] = float(counts(answer, need))
                scores["not known" if need.refusal else "recalled"] = scores["answered"]
            needed = "an admission not to know" if need.refusal else ", ".join(need.values) or "nothing to check"
            items.append(Answer(_shown(chat), answer, reference, scores, f"needed: {needed}"))
            languages.append(str(record.get("lang", "")))
        yield _part(title(file), items)
        for language in sorted(set(languages)) if len(set(languages)) > 1 else ():
            chosen = [item for item, its in zip(items, languages, strict=True) if its == language]
            yield _part(f"{title(file)} [{language}]", chosen)


def _asked(record: Record) -> tuple[Chat, str]:
    """What stands before the last assistant turn of a record, and that turn."""
    chat = chat_of(record)
    last = max(number for number, turn in enumerate(chat) if turn["role"] == "assistant")
    return chat[:last], chat[last]["content"]


def _wrong(record: Record) -> str | None:
    chat, _ = _asked(record)
    if chat and chat[-1]["role"] == "user":
        return None
    return "messages: expected a question of the person in front of the last answer"


def _part(name: str, items: list[Answer]) -> Part:
    details = {
        "answered": "memory questions: all values in the answer, or not known and said so",
        "recalled": "of these, where the facts hold the answer",
        "not known": "of these, where they do not",
        "used unasked": "other messages whose reference holds a value of the facts",
    }
    measures = []
    for key, detail in details.items():
        if values := [item.scores[key] for item in items if key in item.scores]:
            measures.append(rate(key, values, detail))
    measures.append(Measure("ROUGE-L", mean([item.scores["ROUGE-L"] for item in items]), len(items)))
    return Part(name, tuple(measures), tuple(items))


def _is_negated(text: str) -> bool:
    return _NEGATION.search(_NO_NEGATION.sub("", text)) is not None


def _shown(chat: Chat) -> str:
    return "\n".join(f"{message['role']}: {message['content']}" for message in chat)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).lower().replace("’", "'")


def _value(fact: str) -> str:
    """The value of ``Label: value``, else the whole fact."""
    _, colon, value = fact.replace("：", ": ").partition(": ")
    return value if colon and value.strip() else fact


def _words(text: str) -> list[str]:
    """The content words of a text that is no Chinese; of a Chinese one the numbers with what they count."""
    text = _MAY.sub("may-month", _ORDINAL.sub(r"\1", text))
    counted = [f"{number}{unit.replace('号', '日')}" for number, unit in _COUNTED.findall(text)]
    rest = _WORD.findall(_HAN.sub(" ", _COUNTED.sub(" ", text)))
    return counted + [word for word in rest if word not in _FUNCTION]


def _runs(fact: str, reference: str) -> Iterator[str]:
    """The longest runs of Han characters that both share, without function characters."""
    pieces = [piece for run in _HAN.findall(fact) for piece in _CUT.split(run) if piece]
    for piece in pieces:
        start = 0
        while start < len(piece):
            end = len(piece)
            while end > start and piece[start:end] not in reference:
                end -= 1
            if end - start >= 2 or (end > start and len(pieces) == 1 and len(piece) == 1):
                yield piece[start:end]
            start = max(end, start + 1)
