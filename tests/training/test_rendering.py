"""Any tokenizer's chat template: the ids are the template's, and what is learned is what the model would write."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from botframework.training.examples import encode_messages
from botframework.training.recipe import RecipeError
from botframework.training.rendering import render_chat, rendered_chat
from botframework.training.templates import Message
from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import Toy

SPECIALS = (
    *("<pad>", "<s>", "</s>", "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>"),
    *("<|end_header_id|>", "<|eot_id|>", "<bos>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]"),
)
CHATML = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
LLAMA = (
    "<|begin_of_text|>{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n"
    "{{ m.content | trim }}<|eot_id|>{% endfor %}"
    "{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}"
)
GEMMA = (
    "<bos>{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('System role not supported') }}"
    "{% endif %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}"
    "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
MISTRAL = (
    "<s>{% for m in messages %}{% if m.role == 'assistant' %}{{ ' ' + m.content + '</s>' }}"
    "{% else %}{{ '[INST] ' + m.content + ' [/INST]' }}{% endif %}{% endfor %}"
)
THINKING = (  # as Qwen3: an empty thought stands in the last answer only
    "{% for m in messages %}<|im_start|>{{ m.role }}\n"
    "{% if m.role == 'assistant' and loop.last %}<think>\n\n</think>\n\n{% endif %}{{ m.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
ENDLESS = (
    "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}assistant:{% endif %}"
)
TEMPLATES = {"chatml": CHATML, "llama": LLAMA, "gemma": GEMMA, "mistral": MISTRAL, "thinking": THINKING}
ENDS = {"chatml": "<|im_end|>", "llama": "<|eot_id|>", "gemma": "<end_of_turn>", "mistral": "</s>"}

CHAT = [
    Message("user", "The cat?"),
    Message("assistant", "It sleeps.", True),
    Message("user", "The dog?"),
    Message("assistant", "It eats 猫.", True),
]


def tokenizer_with(template: str | None, *, metaspace: bool = False) -> PreTrainedTokenizerFast:
    """A small tokenizer, byte-level or of the older kind that writes spaces as ▁, with this template."""
    backend = Tokenizer(models.BPE(byte_fallback=metaspace, unk_token="<pad>" if metaspace else None))
    if metaspace:
        backend.normalizer = normalizers.Replace(" ", "▁")
        backend.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    else:
        backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        backend.decoder = decoders.ByteLevel()
    alphabet = [] if metaspace else pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=700,
        special_tokens=[AddedToken(token, special=True, normalized=False) for token in SPECIALS],
        initial_alphabet=alphabet,
        show_progress=False,
    )
    backend.train_from_iterator(["It eats. The cat sleeps. The dog eats. assistant user system\n\n 猫"] * 20, trainer)
    tokenizer = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        tokenizer_object=backend, eos_token="</s>", pad_token="<pad>", clean_up_tokenization_spaces=False
    )
    tokenizer.chat_template = template
    return tokenizer


TOKENIZERS = {name: tokenizer_with(template) for name, template in TEMPLATES.items()}


def plain(chat: list[Message]) -> list[dict[str, str]]:
    """The chat as transformers take it."""
    return [{"role": message.role, "content": message.text} for message in chat]


def learned(tokenizer: Any, ids: list[int], learn: list[int]) -> list[str]:
    """The text of each learned stretch."""
    runs = groupby(zip(ids, learn, strict=True), key=lambda pair: pair[1])
    return [tokenizer.decode([i for i, _ in run], skip_special_tokens=False) for mask, run in runs if mask]


@pytest.mark.parametrize("metaspace", [False, True])
@pytest.mark.parametrize("name", ENDS)
def test_what_the_assistant_says_is_learned_with_the_token_that_ends_it(name: str, metaspace: bool) -> None:
    """Both turns are learned, up to their end and no further; the ids are the template's own."""
    tokenizer = tokenizer_with(TEMPLATES[name], metaspace=metaspace)
    ids, learn = render_chat(tokenizer, CHAT)
    assert ids == tokenizer.apply_chat_template(plain(CHAT), tokenize=True, return_dict=False)
    end = ENDS[name]
    assert [t.strip() for t in learned(tokenizer, ids, learn)] == [f"It sleeps.{end}", f"It eats 猫.{end}"]


TEXTS = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(sorted(ENDS)), texts=st.lists(TEXTS, min_size=4, max_size=4))
def test_each_learned_stretch_begins_where_the_generation_prompt_ends(name: str, texts: list[str]) -> None:
    """Whatever is said, the characters before a learned turn are the prompt that the model would be given."""
    chat = [Message(m.role, text, m.learn) for m, text in zip(CHAT, texts, strict=True)]
    tokenizer = TOKENIZERS[name]
    rendered = rendered_chat(tokenizer, chat)
    assert rendered.text == tokenizer.apply_chat_template(plain(chat), tokenize=False)
    for index, (start, stop) in zip((1, 3), rendered.spans, strict=True):
        prompt = tokenizer.apply_chat_template(plain(chat[:index]), tokenize=False, add_generation_prompt=True)
        assert rendered.text[:start] == prompt
        assert rendered.text[start:stop].strip() == texts[index] + ENDS[name]
    ids, learn = render_chat(tokenizer, chat)
    assert len(ids) == len(learn)
    assert set(learn) <= {0, 1}


def test_only_the_turns_that_are_to_be_learned_are() -> None:
    """An assistant's turn in the prompt of a completion is context."""
    tokenizer = TOKENIZERS["chatml"]
    chat = [CHAT[0], Message("assistant", "It sleeps."), *CHAT[2:]]
    assert learned(tokenizer, *render_chat(tokenizer, chat)) == ["It eats 猫.<|im_end|>"]
    assert not any(render_chat(tokenizer, [CHAT[0], Message("assistant", "It sleeps.")])[1])


def test_every_turn_is_learned_where_only_the_last_one_shows_a_thought() -> None:
    """The thought belongs to the last turn, which the model begins with it; the earlier turn is learned as written."""
    tokenizer = TOKENIZERS["thinking"]
    assert learned(tokenizer, *render_chat(tokenizer, CHAT)) == [
        "It sleeps.<|im_end|>",
        "<think>\n\n</think>\n\nIt eats 猫.<|im_end|>",
    ]


def test_a_text_that_looks_like_the_template_is_not_mistaken_for_it() -> None:
    """The assistant may say what the template writes."""
    tokenizer = TOKENIZERS["chatml"]
    chat = [Message("user", "user"), Message("assistant", "assistant\n", True)]
    assert learned(tokenizer, *render_chat(tokenizer, chat)) == ["assistant\n<|im_end|>"]


def test_the_mask_is_that_of_a_template_that_marks_it_itself() -> None:
    """Templates with `{% generation %}` tell transformers the mask; ours is the same."""
    marking = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{% else %}{{ m.content + '<|im_end|>' }}"
        "{% endif %}{{ '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
    )
    tokenizer = tokenizer_with(marking)
    theirs: Any = tokenizer.apply_chat_template(plain(CHAT), return_dict=True, return_assistant_tokens_mask=True)
    assert render_chat(tokenizer, CHAT) == (theirs["input_ids"], theirs["assistant_masks"])


def test_a_template_without_an_end_gets_the_tokenizers_own() -> None:
    """Else the model would never learn to stop."""
    tokenizer = tokenizer_with(ENDLESS)
    assert learned(tokenizer, *render_chat(tokenizer, CHAT)) == [" It sleeps.", " It eats 猫.</s>"]


def test_prose_is_learned_as_it_is() -> None:
    """One text alone is no conversation and gets no template."""
    tokenizer = TOKENIZERS["llama"]
    ids, learn = render_chat(tokenizer, [Message("assistant", "The cat sleeps.", True)])
    assert tokenizer.decode(ids) == "The cat sleeps.</s>"
    assert all(learn)


def test_what_a_template_refuses_is_told_in_its_words() -> None:
    """A template without system messages says so, and the roles are named."""
    chat = [Message("system", "Be kind."), *CHAT]
    with pytest.raises(RecipeError, match=r"refuses a conversation \(system, user, .*System role not supported"):
        render_chat(TOKENIZERS["gemma"], chat)
    with pytest.raises(RecipeError, match=r"cannot render a conversation: .*chat_template"):
        render_chat(tokenizer_with(None), CHAT)


def test_a_template_whose_turns_cannot_be_found_is_an_error() -> None:
    """A generation prompt that no turn begins with leaves the mask unknown."""
    odd = CHATML.replace("<|im_start|>assistant\n{% endif", "Answer:{% endif")
    with pytest.raises(RecipeError, match=r"does not show where the assistant's turns are: .*Answer:"):
        render_chat(tokenizer_with(odd), CHAT)


@settings(max_examples=60, deadline=None)
@given(texts=st.lists(TEXTS, min_size=4, max_size=4))
def test_our_own_examples_are_what_the_template_gives(corpus: Toy, texts: list[str]) -> None:
    """The fast way for our own tokenizer gives the ids and the mask of the general way, whatever is said."""
    chat = [Message(m.role, text, m.learn) for m, text in zip(CHAT, texts, strict=True)]
    [ours] = encode_messages(load_tokenizer(corpus.tokenizer), [chat])
    assert ours == render_chat(AutoTokenizer.from_pretrained(corpus.tokenizer), chat)
