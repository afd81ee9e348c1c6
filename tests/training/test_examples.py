"""Rendering, masks and caching of examples."""

from __future__ import annotations

from pathlib import Path
from random import Random

from transformers import AutoTokenizer

from botframework.training.examples import build_examples, cached_examples, encode_messages, fit_example
from botframework.training.recipe import Source
from botframework.training.records import ReadReport
from botframework.training.templates import lead_of, render
from botframework.training.tokenizer import load_tokenizer
from tests.training.conftest import Toy, write_lines

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


def test_the_cache_gives_the_same_examples_without_the_file(corpus: Toy, tmp_path: Path) -> None:
    """A second call reads the cache: the examples are the same although the records changed in place."""
    write_lines(tmp_path / "f.jsonl", [{"src_lang": "en", "tgt_lang": "fr", "src": "cat", "tgt": "chat"}])
    tokenizer = load_tokenizer(corpus.tokenizer)
    first = cached_examples(source(), tokenizer, (tmp_path,), size=64, seed=0, cache=tmp_path / "cache")
    write_lines(tmp_path / "f.jsonl", [{"src_lang": "en", "tgt_lang": "fr", "src": "dog", "tgt": "chut"}])
    second = cached_examples(source(), tokenizer, (tmp_path,), size=64, seed=0, cache=tmp_path / "cache")
    assert first.tokens.tolist() == second.tokens.tolist()
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_bad_records_are_reported_and_left_out(corpus: Toy, tmp_path: Path) -> None:
    """Each bad record is named by file, line and field; the good ones are used."""
    good = {"src_lang": "en", "tgt_lang": "fr", "src": "cat", "tgt": "chat"}
    write_lines(tmp_path / "f.jsonl", [good, "{not json", {**good, "tgt": 7}, {"src": "cat"}, [1], good])
    report, heard = ReadReport(), list[str]()
    examples = build_examples(
        source(), load_tokenizer(corpus.tokenizer), (tmp_path,), size=64, seed=0, report=report, complain=heard.append
    )
    assert len(examples) == 2
    assert (report.read, report.bad) == (2, 4)
    assert heard == report.problems
    assert heard[0].startswith("f.jsonl:2: record: not JSON")
    assert heard[1] == "f.jsonl:3: tgt: expected text, got 7"
    assert heard[2] == "f.jsonl:4: src_lang: missing"
    assert heard[3] == "f.jsonl:5: record: expected an object, got list"


def test_a_text_can_be_summarised_by_its_own_first_sentence() -> None:
    """A text is cut after whole sentences, and its first one is the answer."""
    record = {"text": "The cat sleeps. The dog eats.\nA bird sings for a very long time."}
    prompt, answer = render(record, source(kind="lead"), Random(0))
    assert prompt.text.startswith("Summarise:\nThe cat sleeps. The dog eats.")
    assert answer.text == "The cat sleeps."
    assert lead_of("猫睡觉。狗吃饭。", size=5) == ("猫睡觉。", "猫睡觉。")
