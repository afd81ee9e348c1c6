"""Renders a chat as any tokenizer's chat template does, and finds what of it is learned; knows no model.

What is learned of an assistant's turn is what the model itself would have to write: everything between the prompt
that it would be given (the messages before, with the generation prompt) and the token that ends the turn. The place
of each turn's text is found by rendering the chat once more with marks in place of the texts, so that no text can be
mistaken for a piece of the template.

A template may render an earlier turn otherwise than the last one (some leave out the reasoning, then). Such a turn
could not have been written after the prompt that stands in front of it, so it is context and not learned. When not
even the last turn can be found, that is an error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import TemplateError

from botframework.training.examples import Chat, Encoded
from botframework.training.recipe import RecipeError
from botframework.training.templates import Message

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

__all__ = ["Rendered", "render_chat", "rendered_chat"]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A chat as text, and the spans of characters `[start, stop)` that are learned."""

    text: str
    spans: tuple[tuple[int, int], ...]


def render_chat(tokenizer: PreTrainedTokenizerBase, chat: Chat) -> Encoded:
    """(ids, learn) of a chat: the ids that `apply_chat_template` gives, and 1 where one is learned.

    A token that reaches from the prompt into the answer is not learned. One message alone is prose: it is learned as
    it is, ended by the tokenizer's own end.

    Args:
        tokenizer: a fast one, with a chat template.

    Raises:
        RecipeError: the template refuses the chat, or does not show where the assistant's turns are; or the tokenizer
            is a slow one, which cannot say where a token's text is.
    """
    if not tokenizer.is_fast:
        raise RecipeError("the model's tokenizer has no tokenizer.json; save the model with a fast tokenizer")
    rendered = _prose(tokenizer, chat[0]) if len(chat) == 1 else rendered_chat(tokenizer, chat)
    encoding = tokenizer(rendered.text, add_special_tokens=False, return_offsets_mapping=True)
    ids: list[int] = encoding["input_ids"]
    learn = [0] * len(ids)
    spans = iter(rendered.spans)
    start, stop = next(spans, (0, 0))
    for place, (first, _) in enumerate(encoding["offset_mapping"]):
        while first >= stop and (span := next(spans, None)) is not None:
            start, stop = span
        learn[place] = int(start <= first < stop)
    return ids, learn


def _prose(tokenizer: PreTrainedTokenizerBase, message: Message) -> Rendered:
    text = message.text + str(tokenizer.eos_token or "")
    return Rendered(text, ((0, len(text)),) if message.learn else ())


def rendered_chat(tokenizer: PreTrainedTokenizerBase, chat: Chat) -> Rendered:
    """The text of a conversation and its learned spans.

    Raises:
        RecipeError: as `render_chat`.
    """
    whole = _apply(tokenizer, chat)
    marks = {i: _mark(i, whole) for i, message in enumerate(chat) if message.learn}
    if not marks:
        return Rendered(whole, ())
    marked = [Message(m.role, marks.get(i, m.text), m.learn) for i, m in enumerate(chat)]
    places = _places(whole, _apply(tokenizer, marked), [(marks[i], chat[i].text) for i in marks])
    spans: list[tuple[int, int]] = []
    last = max(marks)
    for index, place in zip(marks, places, strict=True) if places is not None else ():
        head = _apply(tokenizer, chat[:index], prompt=True)
        closing = _closing(tokenizer, marked[: index + 1], marks[index])
        start, stop = place
        if whole.startswith(head) and len(head) <= start and whole.startswith(closing, stop):
            spans.append((len(head), stop + len(closing)))
        elif index == last:
            places = None
    if places is None:
        found = _by_prefix(tokenizer, chat, whole, last)
        if found is None:
            head = _apply(tokenizer, chat[:last], prompt=True)
            raise RecipeError(
                "the model's chat template does not show where the assistant's turns are: with the generation prompt a "
                f"conversation goes on as {head[-40:]!r}, which is not how the whole of it is written; give the model "
                "a template whose generation prompt begins the assistant's turn"
            )
        spans = [found]
    if spans[-1][1] == len(whole.rstrip()) and not _ends_the_turn(tokenizer, whole.rstrip()):
        whole = whole.rstrip() + str(tokenizer.eos_token or "")  # else the model would never learn to stop
        spans[-1] = (spans[-1][0], len(whole))
    return Rendered(whole, tuple(spans))


def _mark(index: int, text: str) -> str:
    mark = f"\ue000turn{index}\ue001"
    while mark in text:
        mark = f"\ue000{mark}\ue001"
    return mark


def _places(whole: str, marked: str, turns: Sequence[tuple[str, str]]) -> list[tuple[int, int]] | None:
    """Where each turn's text stands in `whole`, None if the marked rendering with the texts put in is not `whole`."""
    places: list[tuple[int, int]] = []
    written = ""
    rest = marked
    for mark, text in turns:
        before, found, rest = rest.partition(mark)
        if not found or mark in rest:
            return None
        written += before
        for said in (text, text.strip()):
            if whole.startswith(written + said):
                break
        else:
            return None
        places.append((len(written), len(written) + len(said)))
        written += said
    return places if written + rest == whole else None


def _closing(tokenizer: PreTrainedTokenizerBase, marked: Chat, mark: str) -> str:
    """What the template writes behind the last message's text, up to the special token that ends the turn."""
    behind = _apply(tokenizer, marked).partition(mark)[2]
    ends = [behind.rfind(token) + len(token) for token in _special(tokenizer) if token in behind]
    return behind[: max(ends)] if ends else behind.rstrip()


def _by_prefix(tokenizer: PreTrainedTokenizerBase, chat: Chat, whole: str, index: int) -> tuple[int, int] | None:
    """The span of a turn whose text the template changes, if it is the last one."""
    head = _apply(tokenizer, chat[:index], prompt=True)
    if index + 1 == len(chat) and whole.startswith(head) and len(head) < len(whole.rstrip()):
        return len(head), len(whole.rstrip())
    return None


def _special(tokenizer: PreTrainedTokenizerBase) -> set[str]:
    added = tokenizer.added_tokens_decoder.values()
    return {*map(str, tokenizer.all_special_tokens), *(token.content for token in added if token.special)}


def _ends_the_turn(tokenizer: PreTrainedTokenizerBase, text: str) -> bool:
    return any(text.endswith(token) for token in _special(tokenizer))


def _apply(tokenizer: PreTrainedTokenizerBase, chat: Sequence[Message], *, prompt: bool = False) -> str:
    messages = [{"role": message.role, "content": message.text} for message in chat]
    try:
        return str(tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=prompt))
    except TemplateError as error:
        roles = ", ".join(message.role for message in chat)
        raise RecipeError(f"the model's chat template refuses a conversation ({roles}): {error}") from error
    except ValueError as error:  # the tokenizer has no template at all
        raise RecipeError(
            f"the model's tokenizer cannot render a conversation: {str(error).splitlines()[0]}"
        ) from error
