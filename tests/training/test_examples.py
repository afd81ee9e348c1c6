"""Rendering, masks and caching of examples."""

from __future__ import annotations

from random import Random

from transformers import AutoTokenizer

from botframework.training.examples import Encoder, encode_messages, fit_example
from botframework.training.readers import Record
from botframework.training.recipe import Source
from botframework.training.records import ReadReport
from botframework.training.templates import lead_of, render
from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import Toy

CHAT = {
    "messages": [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "The cat?"},
        {"role": "assistant", "content": "It sleeps."},
        {"role": "user", "content": "The dog?"},
        {"role": "assistant", "content": "It eats."},
    ]
}


def source(**changes: object) -> Source:
    """A translation source with some settings changed."""
    settings = {"name": "s", "kind": "translation", "file": "f.jsonl", "weight": 1, "canonical": 1.0, **changes}
    return Source.model_validate(settings)


def test_only_what_the_assistant_says_is_learned(corpus: Toy) -> None:
    """The mask covers the assistant's text and the token that ends it, and nothing else."""
    tokenizer = load_tokenizer(corpus.tokenizer)
    [(ids, learn)] = encode_messages(tokenizer, [render(CHAT, source(kind="messages"), Random(0))])
    learned = tokenizer.decode([i for i, m in zip(ids, learn, strict=True) if m], skip_special_tokens=False)
    assert learned == "It sleeps.<|end|>It eats.<|end|>"


def test_examples_are_tokenised_as_the_chat_template_renders_them(corpus: Toy) -> None:
    """Training sees the very token ids that apply_chat_template gives at run time."""
    [(ids, _)] = encode_messages(load_tokenizer(corpus.tokenizer), [render(CHAT, source(kind="messages"), Random(0))])
    tokenizer = AutoTokenizer.from_pretrained(corpus.tokenizer)
    assert tokenizer.apply_chat_template(CHAT["messages"], tokenize=True, return_dict=False) == ids


def test_the_canonical_prompts_are_the_skills_prompts() -> None:
    """With every paraphrase turned off, a record renders as the contract says."""
    pair = {"src_lang": "en", "tgt_lang": "zh", "src": "A cat.", "tgt": "一只猫。"}
    there = render(pair, source(), Random(0))
    back = render(pair, source(reverse=True), Random(0))
    chinese = render({"document": "猫睡觉。", "summary": "猫。"}, source(kind="summary"), Random(0))
    code = render({"prompt": "add", "code": "x = 1\n"}, source(kind="code"), Random(0))
    assert [there[0].text, there[1].text] == ["Translate into Chinese:\nA cat.", "一只猫。"]
    assert [back[0].text, back[1].text] == ["Translate into English:\n一只猫。", "A cat."]
    assert chinese[0].text == "总结：\n猫睡觉。"
    assert [code[0].text, code[1].text] == ["Write Python code: add", "```python\nx = 1\n```"]


def test_two_sentences_are_joined_on_both_sides() -> None:
    """A joined request holds both sentences, and so does its answer."""
    one = {"src_lang": "en", "tgt_lang": "zh", "src": "A cat.", "tgt": "一只猫。"}
    other = {"src_lang": "en", "tgt_lang": "zh", "src": "A dog.", "tgt": "一只狗。"}
    prompt, answer = render(one, source(), Random(0), other)
    assert prompt.text.endswith("A cat. A dog.")
    assert answer.text == "一只猫。一只狗。"


def test_a_long_conversation_is_cut_after_a_whole_message() -> None:
    """What does not fit is cut at a message's end; what has nothing left to learn is left out."""
    end = 9
    ids, learn = [1, 5, end, 2, 6, end, 1, 7, end, 2, 8, 8, 8, end], [0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 1, 1]
    assert fit_example(ids, learn, 12, end) == (ids[:9], learn[:9])
    assert fit_example(ids, learn, 5, end) is None


def test_without_a_token_that_ends_messages_a_conversation_is_cut_after_a_learned_turn() -> None:
    """For any other tokenizer the mask itself says where a turn ends."""
    ids, learn = [1, 5, 2, 6, 7, 1, 7, 2, 8, 8, 8], [0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1]
    assert fit_example(ids, learn, 9, None) == (ids[:5], learn[:5])
    assert fit_example(ids, learn, 4, None) is None


def test_prose_that_is_too_long_for_a_row_is_cut_into_pieces(corpus: Toy) -> None:
    """Nothing of a long text is lost: its pieces, laid end to end, are the text."""
    tokenizer = load_tokenizer(corpus.tokenizer)
    text = "The cat sleeps now. " * 30
    chat = render({"text": text}, source(kind="text"), Random(0))
    pieces = list(Encoder.of(tokenizer, 50).examples([chat], ReadReport()))
    assert all(len(ids) <= 50 for ids, _ in pieces)
    whole = [i for ids, _ in pieces for i in ids.tolist()]
    assert tokenizer.decode(whole) == text.strip()
    assert sum(int(mask.sum()) for _, mask in pieces) == len(whole) - 1


def test_a_preference_teaches_what_was_chosen_and_a_thumb_what_was_liked() -> None:
    """Without a preference objective, the better answer is learned and a disliked one is not."""
    prompt = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi"}]
    pair = render({"prompt": prompt, "chosen": "Hello!", "rejected": "No."}, source(kind="preference"), Random(0))
    assert [(m.role, m.text, m.learn) for m in pair] == [
        ("system", "Be kind.", False),
        ("user", "Hi", False),
        ("assistant", "Hello!", True),
    ]
    said = [{"role": "assistant", "content": "No."}]
    thumbs: Record = {"prompt": "Hi", "completion": said, "label": False}
    assert not any(m.learn for m in render(thumbs, source(kind="thumbs"), Random(0)))
    assert render({**thumbs, "label": True}, source(kind="thumbs"), Random(0))[-1].learn


def test_a_share_of_the_translations_is_turned_round() -> None:
    """A reversal of one half asks for both directions about equally often."""
    pair = {"src_lang": "en", "tgt_lang": "zh", "src": "A cat.", "tgt": "一只猫。"}
    random = Random(0)
    asked = [render(pair, source(reverse=0.5), random)[0].text for _ in range(400)]
    back = sum(text.startswith("Translate into English") for text in asked)
    assert 160 < back < 240


def test_noise_spoils_the_text_to_translate_and_never_the_answer() -> None:
    """Every answer stays what the record says."""
    pair = {"src_lang": "en", "tgt_lang": "fr", "src": "The cat sleeps in the warm house.", "tgt": "Le chat dort."}
    spoilt = source(noise={"share": 1, "typo": 0.5})
    random = Random(0)
    rendered = [render(pair, spoilt, random) for _ in range(50)]
    assert {answer.text for _, answer in rendered} == {"Le chat dort."}
    assert len({prompt.text for prompt, _ in rendered}) > 20


def test_a_language_of_a_region_is_asked_for_by_its_name() -> None:
    """`pt-BR` is Portuguese to a person."""
    pair = {"src_lang": "en", "tgt_lang": "pt-BR", "src": "A cat.", "tgt": "Um gato."}
    assert render(pair, source(), Random(0))[0].text == "Translate into Portuguese:\nA cat."


def test_a_text_can_be_summarised_by_its_own_first_sentence() -> None:
    """A text is cut after whole sentences, and its first one is the answer."""
    record = {"text": "The cat sleeps. The dog eats.\nA bird sings for a very long time."}
    prompt, answer = render(record, source(kind="lead"), Random(0))
    assert prompt.text.startswith("Summarise:\nThe cat sleeps. The dog eats.")
    assert answer.text == "The cat sleeps."
    assert lead_of("猫睡觉。狗吃饭。", size=5) == ("猫睡觉。", "猫睡觉。")
