"""The commands that every bot has, written as skills. They know the store and the memory, no channel."""

from __future__ import annotations

import functools
import json
import logging
import re
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from botframework.context import Context
from botframework.errors import ModelError
from botframework.hours import TIME, here
from botframework.i18n import LANGUAGES, Texts
from botframework.memory import Memory, MemoryStore
from botframework.memory.choice import chosen
from botframework.phrases import (
    EXPORT,
    FORGET,
    LANGUAGE,
    MEMORY,
    REMEMBER,
    RESET,
    fact_of,
    help_rules,
    to_forget,
    to_help,
)
from botframework.queue import ConversationQueue
from botframework.router import Router
from botframework.skill import Skill, skill
from botframework.store import Store, TurnRecord
from botframework.types import Button, Buttons, Event, File, Part

__all__ = ["NAMES", "Surroundings", "built_in", "is_stop"]

logger = logging.getLogger(__name__)

NAMES = frozenset(
    ("help", "start", "stop", "reset", "why", "language", "time", "remember", "memory", "forget", "export", "lora")
)
"""Of the built-in commands."""

_STOP = re.compile(r"(?:(?:<@\w+(?:\|[^>]*)?>|@\w+)[,:]?\s+)?/?stop(?:@\w+)?", re.IGNORECASE)
_YES = frozenset(
    {"yes", "y", "yes please", "yes, please", "sure", "ja", "oui", "si", "sí", "ok", "okay", "1"}
    | {"是", "是的", "对", "对的", "好", "好的", "确定", "确认"}
)
_ALL = frozenset({"all", "everything", "一切", "所有", "全部", "全部的", "todo", "tout", "alles"})
_MOST_LISTED = 100
_MOST_SHOWN = 60
"""Characters of a rule."""


def is_stop(text: str, words: Sequence[str]) -> bool:
    """Whether a whole message means "stop": ``/stop``, ``stop``, or one of the configured words."""
    bare = text.strip().strip(".!。！").strip()
    return bool(_STOP.fullmatch(bare)) or bare.casefold() in {word.casefold() for word in words}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the commands act on."""

    store: Store
    memory: MemoryStore
    queue: ConversationQueue
    router: Router
    texts: Texts
    stop_words: Sequence[str]
    was_effective: Callable[[Event], bool]
    """Whether a stop event ended an answer."""


def built_in(parts: Surroundings) -> list[Skill]:
    """The built-in commands over these parts."""
    return [*_talk(parts), *_keeping(parts)]


def _command(
    texts: Texts, name: str, *rules: str, aliases: Sequence[str] = ()
) -> Callable[[Callable[..., object]], Skill]:
    """``@skill`` with the description that the locale files give."""
    about = {language: texts.say(language, f"about-{name}") for language in texts.languages}
    return skill(name, about["en"], rules=rules, aliases=aliases, descriptions=about)


def _talk(parts: Surroundings) -> list[Skill]:
    """The commands about the conversation."""
    store, router, texts = parts.store, parts.router, parts.texts
    command = functools.partial(_command, texts)

    deeds = {word for each in router.skills for word in (each.name, each.command, *each.aliases)} | NAMES

    @command("help", *help_rules(deeds))
    async def help_(ctx: Context, name: str = "") -> str:
        if ctx.decision.by == "rule":
            name = to_help(name, deeds)
        found = _named(router, name) if name else None
        if found is not None:
            return _details(ctx, found)
        lines = {each.name: f"- `{each.usage}` {_description(each, ctx.language)}" for each in router.skills}
        own = [line for each, line in lines.items() if each in NAMES]
        others = [line for each, line in lines.items() if each not in NAMES]
        if name == "abilities":
            return "\n".join([ctx.say("help-head"), "", *others, "", ctx.say("help-more")])
        return "\n".join([ctx.say("help-head"), "", *others, "", ctx.say("help-commands"), "", *own])

    @command("start")
    async def start(ctx: Context) -> str:
        names = ", ".join(f"/{each.command}" for each in router.skills if each.name not in NAMES)
        return ctx.say("start", name=ctx.person.name or "none", skills=names)

    @command("stop", rf"^\s*(?:{'|'.join(map(re.escape, (*parts.stop_words, 'stop')))})\s*+[.!。！]*+\s*+$")
    async def stop(ctx: Context) -> str:
        return ctx.say("stopped" if parts.was_effective(ctx.event) else "nothing-to-stop")

    @command("reset", *RESET)
    async def reset(ctx: Context) -> str:
        await store.reset(ctx.conversation.key)
        return ctx.say("reset-done")

    @command("why")
    async def why(ctx: Context) -> str:
        answered = [turn for turn in await store.turns(ctx.conversation.key, 20) if turn.outcome != "ignored"]
        return _explanation(ctx, answered[-1]) if answered else ctx.say("why-nothing")

    @command("language", *LANGUAGE)
    async def language(ctx: Context, code: str = "") -> str:
        wanted = _language_code(code)
        if not code.strip():
            return ctx.say("language-now", language=LANGUAGES.get(ctx.language, ctx.language), choices=_choices())
        if wanted == "auto":
            await store.set_setting(ctx.person.id, "language", None)
            return ctx.say("language-auto")
        if wanted is None:
            return ctx.say("language-unknown", code=code.strip(), choices=_choices())
        await store.set_setting(ctx.person.id, "language", wanted)
        return texts.say(wanted, "language-set", language=LANGUAGES[wanted])

    @command("time", *TIME)
    async def time(ctx: Context) -> str:
        now = here()
        return ctx.say("time-now", now=now, zone=now.strftime("%Z"))

    @command("lora")
    async def lora(ctx: Context, name: str = "") -> str:
        known = await ctx.model.lora_names()
        wanted = name.strip()
        if wanted.casefold() in {"off", "关", "关闭", "aus", "non", "no"}:
            await store.set_setting(ctx.conversation.key, "lora", None)
            return ctx.say("lora-off")
        if not wanted:
            chosen = await store.setting(ctx.conversation.key, "lora")
            listed = ", ".join(f"`{each}`" for each in known)
            return ctx.say("lora-list", names=listed, chosen=chosen or "none") if known else ctx.say("lora-none")
        if wanted not in known:
            return ctx.say("lora-unknown", name=wanted, names=", ".join(known) or "-")
        try:
            await ctx.model.check_lora(wanted)
        except ModelError as error:
            logger.warning("the LoRA weights %r cannot be used: %s", wanted, error)
            return ctx.say("lora-broken", name=wanted)
        await store.set_setting(ctx.conversation.key, "lora", wanted)
        return ctx.say("lora-set", name=wanted)

    return [help_, start, stop, reset, why, language, time, lora]


def _keeping(parts: Surroundings) -> list[Skill]:
    """The commands about what is kept of a person."""
    store, memory, queue = parts.store, parts.memory, parts.queue
    command = functools.partial(_command, parts.texts)

    @command("remember", *REMEMBER)
    async def remember(ctx: Context, text: str) -> str:
        await ctx.memory.remember(fact_of(text) if ctx.decision.by == "rule" else text.strip())
        return ctx.say("remembered")

    @command("memory", *MEMORY)
    async def memories(ctx: Context) -> str:
        facts = await ctx.memory.all()
        return _listed(ctx, facts) if facts else ctx.say("memory-empty")

    @command("forget", *FORGET)
    async def forget(ctx: Context, which: str = "") -> AsyncIterator[str | Part]:
        person = ctx.person.id
        which = to_forget(which) if ctx.decision.by == "rule" else which.strip().strip(".。!！").casefold()
        if ctx.expected is not None:
            if which not in _YES:
                yield ctx.say("forget-kept")
                return
            count = await memory.forget_person(person) + await store.erase(person) + await queue.forget(person)
            yield ctx.say("forgot-all" if count else "memory-empty")
        elif which in _ALL:
            ctx.expect(action="all")
            choices = (Button(ctx.say("yes"), "yes"), Button(ctx.say("no"), "no"))
            yield Buttons(ctx.say("forget-all-sure"), choices)
        else:
            facts = await ctx.memory.all()
            meant = chosen(facts, which)
            if not facts:
                yield ctx.say("memory-empty")
            elif meant is not None:
                count = await ctx.memory.forget([meant.id])
                yield ctx.say("forgot-one" if count else "forget-not-yours", text=meant.text)
            else:
                yield f"{_listed(ctx, facts)}\n\n{ctx.say('forget-which')}"

    @command("export", *EXPORT)
    async def export(ctx: Context) -> str | Part:
        if ctx.conversation.kind == "group":
            return ctx.say("export-private")
        kept = await store.export(ctx.person.id)
        kept["memories"] = [
            {"text": each.text, "kind": each.kind, "at": each.at.isoformat()}
            for each in await memory.of_person(ctx.person.id)
        ]
        data = json.dumps(kept, ensure_ascii=False, indent=2, default=str).encode()
        return File("export.json", data, "application/json", ctx.say("export-caption"))

    return [remember, memories, forget, export]


def _named(router: Router, name: str) -> Skill | None:
    wanted = name.strip().lstrip("/").lower()
    return next((each for each in router.skills if wanted in {each.name, each.command, *each.aliases}), None)


def _description(each: Skill, language: str) -> str:
    return each.descriptions.get(language, each.description)


def _details(ctx: Context, found: Skill) -> str:
    lines = [f"`{found.usage}`", "", _description(found, ctx.language)]
    if found.aliases:
        lines += ["", ctx.say("help-aliases", names=", ".join(f"/{alias}" for alias in found.aliases))]
    if found.examples:
        lines += ["", ctx.say("help-examples"), *(f"- {example}" for example in found.examples[:5])]
    return "\n".join(lines)


def _listed(ctx: Context, facts: Sequence[Memory]) -> str:
    lines = [f"{number}. {fact.text}" for number, fact in enumerate(facts, 1)]
    shown = lines[-_MOST_LISTED:]
    return "\n".join([ctx.say("memory-head", count=len(facts)), "", *shown])


def _explanation(ctx: Context, turn: TurnRecord) -> str:
    decision = turn.decision
    lines = [
        ctx.say("why-skill", skill=decision.skill or "-"),
        ctx.say("why-by", by=decision.by, score=f"{decision.score:.2f}", detail=_shortened(decision.detail)),
    ]
    if decision.candidates:
        found = ", ".join(f"{name} {score:.2f}" for name, score in decision.candidates[:5])
        lines.append(ctx.say("why-candidates", candidates=found))
    if turn.memories:
        lines += [ctx.say("why-memories"), *(f"  - {text}" for text in turn.memories)]
    else:
        lines.append(ctx.say("why-no-memories"))
    if turn.model:
        lines.append(ctx.say("why-model", model=turn.model, read=turn.input_tokens, written=turn.output_tokens))
    else:
        lines.append(ctx.say("why-no-model"))
    lines.append(
        ctx.say("why-times", waited=_seconds(turn.waited), first=_seconds(turn.first_text), took=_seconds(turn.took))
    )
    if turn.reference:
        lines.append(ctx.say("why-reference", reference=turn.reference))
    return "\n".join(f"- {line}" if not line.startswith("  ") else line for line in lines)


def _shortened(detail: str) -> str:
    return detail if 0 < len(detail) <= _MOST_SHOWN else f"{detail[:_MOST_SHOWN]}…" if detail else "-"


def _seconds(value: float) -> str:
    return f"{value:.2f}"


def _language_code(word: str) -> str | None:
    wanted = word.strip().casefold()
    if wanted in {"auto", "automatic", "自动"}:
        return "auto"
    english = {"english": "en", "chinese": "zh", "french": "fr", "german": "de", "spanish": "es"}
    chinese = {"英语": "en", "英文": "en", "汉语": "zh", "法语": "fr", "德语": "de", "西班牙语": "es"}
    others = {"anglais": "en", "englisch": "en", "inglés": "en"}
    names = {name.casefold(): code for code, name in LANGUAGES.items()} | english | chinese | others
    wanted = names.get(wanted, wanted.partition("-")[0])
    return wanted if wanted in LANGUAGES else None


def _choices() -> str:
    return ", ".join(f"`{code}` {name}" for code, name in LANGUAGES.items())
