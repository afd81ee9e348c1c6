"""A model folder as subject: its answers and likelihoods are exactly the model's."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from botframework.errors import ContentNotSupported, ModelNotFound
from botframework.evaluation.decoding import Draw, continuations
from botframework.evaluation.folder import FolderSubject
from botframework.evaluation.likelihood import likelihoods
from botframework.evaluation.subject import Chat
from botframework.evaluation.suite import Suite
from tests.engine.lora_sets import write_set
from tests.evaluation.conftest import Scripted, write_lines

CHATS: list[Chat] = [
    [{"role": "user", "content": text}]
    for text in ("hello", "a much longer message than the others, to be padded", "x", "你好", "the end", "hello again")
]


def generated(subject: FolderSubject, chat: Chat, **options: Any) -> str:
    """What transformers' own generate answers."""
    text = subject.tokenizer.apply_chat_template(chat, tokenize=False, add_generation_prompt=True)
    ids = subject.tokenizer(text, return_tensors="pt", add_special_tokens=False)["input_ids"]
    with torch.inference_mode():
        output = subject.model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=24, do_sample=False, **options
        )
    return str(subject.tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)).strip()


def test_batched_answers_are_those_of_generate_one_by_one(tiny: FolderSubject) -> None:
    """Padding, batches and rows that leave early change nothing."""
    assert tiny.answer(CHATS, 24) == [generated(tiny, chat) for chat in CHATS]


def test_the_repetition_penalty_is_that_of_generate(tiny: FolderSubject) -> None:
    """With the same penalty the answers are the same."""
    answers = tiny.answer(CHATS, 24, Draw(repetition_penalty=1.3))
    assert answers == [generated(tiny, chat, repetition_penalty=1.3) for chat in CHATS]
    assert answers != tiny.answer(CHATS, 24)


def test_draws_repeat_with_their_seed(tiny: FolderSubject) -> None:
    """The same seed gives the same answers, another one others."""
    first = tiny.answer(CHATS, 12, Draw(temperature=1.0, top_p=0.9, seed=1))
    assert first == tiny.answer(CHATS, 12, Draw(temperature=1.0, top_p=0.9, seed=1))
    assert first != tiny.answer(CHATS, 12, Draw(temperature=1.0, top_p=0.9, seed=2))


def test_a_prompt_longer_than_the_window_keeps_its_end(tiny: FolderSubject) -> None:
    """The answer is that to its last tokens, so many that prompt and answer fit."""

    def answer(ids: list[int], window: int) -> list[int]:
        [(_, found)] = continuations(
            tiny.model, [ids], max_new_tokens=8, eos_ids=frozenset(), pad_id=0, window=window, batch=1
        )
        return found

    ids = tiny.tokenizer("".join(f"word {n} " for n in range(40)), add_special_tokens=False)["input_ids"]
    assert answer(ids, 24) == answer(ids[-16:], 256) != answer(ids, 256)
    assert len(tiny.answer([[{"role": "user", "content": "long " * 400}]], 8)) == 1


def test_only_the_text_of_assistant_turns_is_counted(tiny: FolderSubject) -> None:
    """Bits are the sum over the tokens of the turn, after all that stands before; bytes are those of its text."""
    chat = [
        {"role": "user", "content": "hello"},
        {"role": "assistant", "content": "he 你"},
        {"role": "user", "content": "x"},
        {"role": "assistant", "content": "the end"},
    ]
    [[one, two]] = tiny.spoken([chat])
    assert (one.size, two.size) == (6, 7)
    text = "<|user|>hello<|end|><|assistant|>he 你<|end|><|user|>x<|end|><|assistant|>"
    ids = tiny.tokenizer(text + "the end", add_special_tokens=False)["input_ids"]
    before = len(tiny.tokenizer(text, add_special_tokens=False)["input_ids"])
    with torch.inference_mode():
        scores = tiny.model(torch.tensor([ids])).logits[0].log_softmax(1)
    bits = -sum(float(scores[i - 1, ids[i]]) for i in range(before, len(ids))) / math.log(2)
    assert two.bits == pytest.approx(bits, rel=1e-4)
    assert two.tokens == len(ids) - before


def test_batches_change_no_likelihood_and_a_turn_beyond_the_window_is_left_out(tiny: FolderSubject) -> None:
    """Each chat alone gives what all together give."""
    chats = [[*chat, {"role": "assistant", "content": "fine " * n}] for n, chat in enumerate(CHATS, 1)]
    together = tiny.spoken(chats)
    for chat, [spoken] in zip(chats, together, strict=True):
        [[alone]] = tiny.spoken([chat])
        assert spoken.bits == pytest.approx(alone.bits, rel=1e-4)
    assert tiny.spoken([[*CHATS[0], {"role": "assistant", "content": "far too long " * 100}]]) == [[]]


def test_bits_per_byte_of_a_file(tiny: FolderSubject, tmp_path: Path) -> None:
    """They are all bits over all bytes, not a mean of means."""
    chats = [[*CHATS[0], {"role": "assistant", "content": text}] for text in ("a", "a longer answer")]
    file = write_lines(tmp_path / "chat.jsonl", [{"messages": chat} for chat in chats])
    [part] = likelihoods(Suite(name="chat", kind="likelihood"), [file], tiny, None)
    [[one], [two]] = tiny.spoken(chats)
    values = {measure.name: measure.value for measure in part.measures}
    assert values["bits per byte"] == pytest.approx((one.bits + two.bits) / 16)
    assert values["perplexity"] == pytest.approx(2 ** ((one.bits + two.bits) / (one.tokens + two.tokens)))


def test_what_tells_no_likelihood_is_refused(tmp_path: Path) -> None:
    """The suite says what is needed instead."""
    from botframework.errors import ModelError

    with pytest.raises(ModelError, match="name a model folder"):
        list(likelihoods(Suite(name="chat", kind="likelihood"), [], Scripted(str), None))


def test_an_answer_is_timed(tiny: FolderSubject) -> None:
    """The first token comes before the last."""
    timing = tiny.time(CHATS[1], 6)
    assert 0 < timing.first <= timing.total
    assert 1 <= timing.tokens <= 6


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    """An empty folder is no model."""
    with pytest.raises(ModelNotFound, match="cannot be loaded"):
        FolderSubject(str(tmp_path))


def test_a_model_without_weights_or_without_a_template_is_refused(tiny_folder: Path, tmp_path: Path) -> None:
    """With what is missing; broken weights too."""
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    [weights] = folder.glob("*.safetensors")
    weights.write_bytes(b"broken")
    with pytest.raises(ModelNotFound, match="cannot be loaded"):
        FolderSubject(str(folder))
    weights.unlink()
    with pytest.raises(ModelNotFound, match="cannot be loaded"):
        FolderSubject(str(folder))
    shutil.rmtree(folder)
    shutil.copytree(tiny_folder, folder)
    (folder / "chat_template.jinja").unlink()
    with pytest.raises(ModelNotFound, match="no chat template"):
        FolderSubject(str(folder))


def test_a_conversation_that_the_template_refuses_is_told(tiny_folder: Path, tmp_path: Path) -> None:
    """Some know no system message."""
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    (folder / "chat_template.jinja").write_text("{{ raise_exception('no system message') }}")
    with pytest.raises(ContentNotSupported, match="no system message"):
        FolderSubject(str(folder), threads=1, device="cpu").answer(CHATS[:1], 2)


def test_a_suite_is_answered_with_the_weights_that_the_model_brings(tiny: FolderSubject, tmp_path: Path) -> None:
    """Each skill's own weights answer its suites; alone, and with weights given by hand, they stay out."""
    folder = tmp_path / "model"
    shutil.copytree(tiny.folder, folder)
    given = write_set(tiny.folder, tmp_path / "given", seed=1)
    write_set(tiny.folder, folder / "lora" / "talk", seed=2)
    (folder / "lora" / "skills.json").write_text('{"chat": "talk"}')
    plain = tiny.answer(CHATS, 24)
    subject = FolderSubject(str(folder))
    subject.use_skill("chat")
    talk = subject.answer(CHATS, 24)
    assert subject.name.endswith("model + lora/talk")
    subject.use_skill("codegen")
    assert subject.answer(CHATS, 24) == plain != talk
    for other in (FolderSubject(str(folder), alone=True), FolderSubject(str(folder), lora=given)):
        before = other.answer(CHATS, 24)
        other.use_skill("chat")
        assert other.answer(CHATS, 24) == before != talk
