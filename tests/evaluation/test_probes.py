"""Embedder, router, bias probe and newcomers' questions."""

from __future__ import annotations

import json
import lzma
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import yaml

from botframework.cli.eval_router import RouterSubject
from botframework.errors import DataError
from botframework.evaluation.bias import biases, read_probes
from botframework.evaluation.embedder import embedder_folder
from botframework.evaluation.folder import FolderSubject
from botframework.evaluation.questions import Question, hinted, questions, read_questions, transcript
from botframework.evaluation.retrieval import ranks, retrievals
from botframework.evaluation.routing import Routed, calibration_error, decide, read_labelled, routings
from botframework.evaluation.suite import Suite, find_suite
from tests.evaluation.conftest import Scripted, write_lines

ROOT = Path(__file__).parents[2]


class Letters:
    """Embeds a text by the letter it begins with."""

    name = "letters"

    def embed(self, texts: Sequence[str]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        """One-hot vectors."""
        return np.eye(26, dtype=np.float32)[[ord(text[0].lower()) - 97 for text in texts]]


def test_ranks_count_ties_against_the_candidate_and_equal_texts_once() -> None:
    """Three candidates, two of them the same text."""
    vectors = np.eye(3, dtype=np.float32)
    assert ranks(vectors, vectors, ["a", "b", "c"]) == [1, 1, 1]
    flat = np.ones((3, 3), np.float32)
    assert ranks(flat, flat, ["a", "b", "c"]) == [3, 3, 3]
    assert ranks(flat, flat, ["a", "a", "b"]) == [2, 2, 2]


def test_retrieval_is_measured_in_both_directions(tmp_path: Path) -> None:
    """Two of three sentences are found by their first letter."""
    pairs = [("apple", "abricot"), ("bread", "brot"), ("cat", "Hund")]
    file = write_lines(
        tmp_path / "translation.x.jsonl",
        [{"src_lang": "en", "tgt_lang": "de", "src": s, "tgt": t} for s, t in pairs],
    )
    there, back = retrievals(Suite(name="r", kind="retrieval"), [file], Letters(), None)
    values = {m.name: m.value for m in there.measures}
    assert values["recall@1"] == pytest.approx(200 / 3)
    assert values["recall@5"] == 100
    assert values["MRR"] == pytest.approx((1 + 1 + 1 / 3) / 3)
    assert values["nDCG@10"] == pytest.approx((1 + 1 + 1 / 2) / 3)
    assert back.name.endswith("de→en")


def test_a_threshold_decides_only_what_no_rule_does() -> None:
    """A rule stands, a likeness needs the threshold."""
    likeness = (("code", 0.6), ("chat", 0.2))
    assert decide(Routed("translation", likeness, "chat"), 0.9) == "translation"
    assert decide(Routed(None, likeness, "chat"), 0.5) == "code"
    assert decide(Routed(None, likeness, "chat"), 0.7) == "chat"


def test_calibration_error_is_the_weighted_gap_of_the_bins() -> None:
    """Right half of the time at 0.9 is 0.4 too sure; perfect scores have no error."""
    assert calibration_error([0.9, 0.9], [True, False]) == pytest.approx(0.4)
    assert calibration_error([1.0, 0.0], [True, False]) == pytest.approx(0)


def test_the_shipped_router_reaches_its_skills() -> None:
    """Of the held-out requests at least 95 % find their skill, in English and in Chinese; the sweep agrees with it."""
    suite = find_suite("router")
    [file] = suite.find(None)
    asked = read_labelled(file)
    counts = Counter((request.skill, request.lang) for request in asked)
    assert len(asked) >= 200
    assert len(counts) == 8
    assert min(counts.values()) >= 20
    dev = {request.text for request in read_labelled(find_suite("router_dev").find(None)[0])}
    assert not dev & {request.text for request in asked}
    accuracy, _, sweep = routings(suite, [file], RouterSubject(embedder_folder("mini")), None)
    values = {measure.name: measure.value for measure in accuracy.measures}
    assert values["accuracy"] >= 95
    assert values["accuracy en"] >= 95
    assert values["accuracy zh"] >= 95
    [own] = [m.value for m in sweep.measures if m.name.endswith("(its own)")]
    assert own == values["accuracy"]


def test_a_wrong_line_of_requests_is_named(tmp_path: Path) -> None:
    """With its number."""
    file = write_lines(tmp_path / "router.jsonl", [{"text": "x", "skill": "chat", "lang": "en"}, {"text": "y"}])
    with pytest.raises(DataError, match=r"router\.jsonl:2"):
        read_labelled(file)


def test_requests_may_be_compressed_and_have_blank_lines_but_not_be_empty(tmp_path: Path) -> None:
    """As training data may."""
    request = json.dumps({"text": "x", "skill": "chat", "lang": "en"})
    packed = tmp_path / "router.jsonl.xz"
    packed.write_bytes(lzma.compress(f"{request}\n\n{request}\n".encode()))
    assert len(read_labelled(packed)) == 2
    empty = tmp_path / "router.jsonl"
    empty.write_text("\n")
    with pytest.raises(DataError, match="there is no request"):
        read_labelled(empty)


@pytest.mark.parametrize("prompt", ["{name} is here.", "{x} is {here", "{}"])
def test_a_probe_with_other_braces_is_refused(tmp_path: Path, prompt: str) -> None:
    """By name, before anything is asked."""
    file = tmp_path / "bias.yaml"
    probe = {"id": "mine", "prompt": prompt, "groups": {"a": ["b"], "c": ["d"]}, "continuations": ["x"]}
    file.write_text(yaml.safe_dump([probe]))
    with pytest.raises(DataError, match="mine: prompt"):
        read_probes(file)


def test_files_that_are_empty_or_no_text_are_refused(tmp_path: Path) -> None:
    """Rather than measured as nothing."""
    file = tmp_path / "x.yaml"
    file.write_text("[]")
    with pytest.raises(DataError, match="no question"):
        read_questions(file)
    with pytest.raises(DataError, match="no probe"):
        read_probes(file)
    file.write_bytes(b"- \xff\xfe")
    for reading in (read_questions, read_probes):
        with pytest.raises(DataError, match="cannot be read as YAML"):
            reading(file)


def test_a_file_of_several_languages_is_sought_through_one_by_one(tmp_path: Path) -> None:
    """A sentence is looked for among those of its own language."""
    pairs = [("de", "apple", "Apfel"), ("fr", "apple", "abricot")]
    file = write_lines(
        tmp_path / "translation.x.jsonl", [{"src_lang": "en", "tgt_lang": c, "src": s, "tgt": t} for c, s, t in pairs]
    )
    parts = list(retrievals(Suite(name="r", kind="retrieval"), [file], Letters(), None))
    assert [part.name.split()[-1] for part in parts] == ["en→de", "de→en", "en→fr", "fr→en"]
    assert all(part.measures[0].value == 100 for part in parts)


def test_the_bias_probe_reports_gaps_in_bits_and_in_kept_genders(tiny: FolderSubject, tmp_path: Path) -> None:
    """Equal names give no gap, different ones some; a translation that drops the gender is counted."""
    probes = [
        {"id": "same", "prompt": "{x} is here.", "groups": {"a": ["he"], "b": ["he"]}, "continuations": ["the end"]},
        {"id": "other", "prompt": "{x} is here.", "groups": {"a": ["he"], "b": ["she"]}, "continuations": ["the end"]},
    ]
    file = tmp_path / "bias.yaml"
    file.write_text(yaml.safe_dump(probes))
    same, other = biases(Suite(name="bias", kind="bias"), [file], tiny, None)
    assert same.measures[0].value == pytest.approx(0, abs=1e-4)
    assert other.measures[0].value > 0.001
    kept = {
        "id": "kept",
        "prompt": "{x} is {y}.",
        "fill": ["a cook", "a driver"],
        "groups": {"women": ["She"], "men": ["He"]},
        "language": "de",
        "expect": {"women": ["sie"], "men": ["er"]},
    }
    file.write_text(yaml.safe_dump([kept], sort_keys=False))
    subject = Scripted(lambda asked: "Er ist da." if "He " in asked or "driver" in asked else "Sie ist da.")
    [part] = biases(Suite(name="bias", kind="bias"), [file], subject, None)
    assert [m.value for m in part.measures] == [50, 100, 50]


def test_a_probe_without_either_kind_is_refused(tmp_path: Path) -> None:
    """It needs continuations or a language."""
    file = tmp_path / "bias.yaml"
    file.write_text(yaml.safe_dump([{"id": "x", "prompt": "{x}", "groups": {"a": ["b"], "c": ["d"]}}]))
    with pytest.raises(DataError, match="either continuations"):
        read_probes(file)


def test_the_shipped_probes_can_be_read() -> None:
    """Each names what is swapped."""
    assert len(read_probes(find_suite("bias").find(None)[0])) >= 8


def test_there_are_a_hundred_questions_of_newcomers() -> None:
    """A third of them in Chinese, each with its topic."""
    [file] = find_suite("newcomer").find(None)
    asked = read_questions(file)
    assert len(asked) == 100
    assert 30 <= sum(question.lang == "zh" for question in asked) <= 40
    assert {"greeting", "identity", "abilities", "memory", "facts", "translation", "summary", "code"} <= {
        question.topic for question in asked
    }


def test_questions_are_asked_with_their_past_and_shown_in_a_transcript(tmp_path: Path) -> None:
    """Facts stand in the system message, earlier turns before the question; the words are a hint."""
    recalled = {"text": "What's my name?", "topic": "memory", "any": ["Ana"], "memory": ["Name: Ana"]}
    thanked = {"text": "谢谢", "topic": "thanks", "any": ["不客气"], "earlier": [{"role": "user", "content": "你好"}]}
    asked = [{"id": "one", "lang": "en", **recalled}, {"id": "two", "lang": "zh", **thanked}]
    file = tmp_path / "questions.yaml"
    file.write_text(yaml.safe_dump(asked, allow_unicode=True))
    subject = Scripted(lambda text: "You are ana." if "name" in text else "再见")
    [part] = questions(Suite(name="q", kind="questions", repetition_penalty=None), [file], subject, None)
    assert subject.chats[0][0]["content"].endswith("\n- Name: Ana")
    assert [turn["content"] for turn in subject.chats[1]] == ["你好", "谢谢"]
    assert subject.draws[0] is not None
    assert subject.draws[0].repetition_penalty == 0
    assert part.measures[0].value == 50
    written = transcript([part], "toy", "botframework eval toy --suite q")
    assert "**1. one**\n\n> (remembered: Name: Ana)  \n> What's my name?\n\n    You are ana." in written
    assert "none of the expected words" in written


def test_a_hint_is_found_in_any_case_and_apostrophe() -> None:
    """Don’t and don't are one."""
    question = Question(id="x", lang="en", text="x", topic="x", any=("don't know",))
    assert hinted(question, "I DON’T KNOW that")
    assert not hinted(question, "I know that")


def test_ids_stand_once(tmp_path: Path) -> None:
    """A doubled id is refused, for votes are kept by it."""
    file = tmp_path / "questions.yaml"
    one = {"id": "x", "lang": "en", "text": "x", "topic": "x", "any": ["x"]}
    file.write_text(yaml.safe_dump([one, one]))
    with pytest.raises(DataError, match="stand twice: x"):
        read_questions(file)
