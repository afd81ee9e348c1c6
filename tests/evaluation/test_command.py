"""`botframework eval` as people run it, on a tiny model."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner, Result

from botframework.cli.eval import app
from botframework.errors import ConfigError, DataError, ModelNotFound
from botframework.evaluation.blind import Ballot, Pair, swapped, tally
from botframework.evaluation.compare import paired_bootstrap
from botframework.evaluation.embedder import embedder_folder
from botframework.evaluation.result import wilson
from botframework.evaluation.suite import evenly, find_suite, load_suite, suite_names
from tests.evaluation.conftest import write_lines
from tests.tiny_model import build_tiny_model


def run(*arguments: str | Path | int, keys: str = "") -> Result:
    """Run `botframework eval …` in this process."""
    return CliRunner().invoke(app, [str(a) for a in arguments], input=keys, catch_exceptions=False)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A few records of several kinds."""
    folder = tmp_path / "data"
    folder.mkdir()
    pairs = [{"src_lang": "en", "tgt_lang": "zh", "src": f"the end {n}", "tgt": f"结束 {n}"} for n in range(4)]
    write_lines(folder / "translation.toy.en-zh.jsonl", pairs)
    turns = [{"role": "user", "content": "hello"}, {"role": "assistant", "content": "hello you"}]
    write_lines(folder / "chat.toy.jsonl", [{"messages": turns}] * 3)
    return folder


@pytest.fixture
def short(tmp_path: Path) -> Path:
    """A suite of translations with short answers."""
    file = tmp_path / "short.yaml"
    file.write_text("name: short\nkind: translation\nfiles: ['translation.*.jsonl']\nmax_new_tokens: 6\n")
    return file


def test_a_model_is_measured_and_everything_written(tiny_folder: Path, data: Path, short: Path, tmp_path: Path) -> None:
    """`eval MODEL --suite a,b` prints tables with signatures and writes JSON with the answers and a page."""
    out = tmp_path / "out"
    result = run(tiny_folder, "--suite", f"{short},chat", "--data", data, "--limit", 2, "--out", out, "--threads", 1)
    assert result.exit_code == 0, result.output
    assert "en→zh" in result.output
    assert "tok:zh" in result.output
    assert "bits per byte" in result.output
    found = json.loads((out / "eval.json").read_text())
    assert [r["suite"] for r in found["results"]] == ["short", "chat"]
    assert len(found["results"][0]["parts"][0]["answers"]) == 2
    assert found["versions"]["sacrebleu"]
    page = (out / "report.html").read_text()
    assert "the end 2" in page
    assert "tok:zh" in page


def test_files_are_chosen_by_name(tiny_folder: Path, data: Path, short: Path) -> None:
    """A suite without such a file is left out; that none has one is an error."""
    result = run(tiny_folder, "--suite", f"{short},chat", "--data", data, "--only", "chat.toy", "--threads", 1)
    assert "bits per byte" in result.output
    assert "BLEU" not in result.output
    with pytest.raises(ConfigError, match="no file of these suites"):
        run(tiny_folder, "--suite", short, "--data", data, "--only", "nowhere")


def test_two_models_are_compared_by_paired_bootstrap(
    tiny_folder: Path, data: Path, short: Path, tmp_path: Path
) -> None:
    """A model differs in nothing from itself, and from another one in something."""
    other = build_tiny_model(tmp_path / "other", seed=5, window=256)
    common = ("--suite", f"{short},chat", "--data", data, "--threads", 1, "--json", tmp_path / "x.json")
    assert run(tiny_folder, *common, "--against", tiny_folder).exit_code == 0
    same = json.loads((tmp_path / "x.json").read_text())["differences"]
    assert {d["measure"] for d in same} >= {"BLEU", "chrF", "bits per byte"}
    assert all(d["first"] == d["second"] for d in same)
    assert run(tiny_folder, *common, "--against", other).exit_code == 0
    [bits] = [
        d for d in json.loads((tmp_path / "x.json").read_text())["differences"] if d["measure"] == "bits per byte"
    ]
    assert bits["first"] != bits["second"]
    assert bits["p"] is not None


def test_a_clear_difference_is_told_from_noise() -> None:
    """Better on every item is significant, better by chance is not."""
    worse = [float(n % 2) for n in range(40)]
    assert paired_bootstrap(worse, [score + 0.5 for score in worse]) < 0.01
    assert paired_bootstrap(worse, list(reversed(worse))) > 0.2
    assert paired_bootstrap(worse, worse) == 1


@pytest.mark.parametrize("line", ["kind: translations", "nam: x", "limit: 0"])
def test_a_wrong_suite_is_refused_with_its_key(tmp_path: Path, line: str) -> None:
    """The file and the key are named."""
    file = tmp_path / "x.yaml"
    file.write_text(f"name: x\nkind: memory\n{line}\n")
    with pytest.raises(ConfigError, match=rf"x\.yaml: {line.partition(':')[0]}"):
        load_suite(file)


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ("kind: translation\nfiles: ['*.jsonl']\nprompt: 'Into {tongue}: {text}'", "prompt: .*written twice"),
        ("kind: summary\nfiles: ['*.jsonl']\nprompt: 'Sum it up.'", "prompt: .*has to stand in it"),
        ("kind: code\nfiles: ['*.jsonl']\nprompt: 'As {}: {text}'", "prompt: .*written twice"),
        ("kind: memory\nfiles: [/data/x.jsonl]", "files: .*--data"),
        ("kind: memory\nfiles: ['']", "files: "),
        ("kind: memory", "files: missing"),
        ("kind: code\nfiles: ['*.jsonl']\nk: []", "k: "),
        ("kind: code\nfiles: ['*.jsonl']\nk: [0]", "k.0: "),
        ("kind: code\nfiles: ['*.jsonl']\nk: [1, 10]", "k: pass@10 needs samples: 10"),
    ],
)
def test_a_suite_that_could_not_be_measured_is_refused_when_it_is_read(
    tmp_path: Path, lines: str, problem: str
) -> None:
    """Not by an error in the middle of an evaluation."""
    file = tmp_path / "x.yaml"
    file.write_text(f"name: x\n{lines}\n")
    with pytest.raises(ConfigError, match=rf"x\.yaml: {problem}"):
        load_suite(file)


def test_what_would_fail_at_the_end_is_refused_at_the_beginning(tiny_folder: Path, data: Path, short: Path) -> None:
    """A second model that is not there, a later suite without files, a file that cannot be written, no suite."""
    common = (tiny_folder, "--suite", f"{short},memory", "--data", data)
    with pytest.raises(DataError, match="suite memory"):
        run(*common)
    only_short = (tiny_folder, "--suite", short, "--data", data)
    with pytest.raises(ModelNotFound, match="nowhere"):
        run(*only_short, "--against", "nowhere")
    with pytest.raises(ConfigError, match="cannot be written"):
        run(*only_short, "--json", data)
    with pytest.raises(ConfigError, match="cannot be written"):
        run(*only_short, "--html", data / "chat.toy.jsonl" / "x.html")
    with pytest.raises(ConfigError, match="suite of questions"):
        run(*only_short, "--transcript", data / "x.md")
    with pytest.raises(ConfigError, match="suite of questions"):
        run(*only_short, "--bot")
    with pytest.raises(ConfigError, match="names no suite"):
        run(tiny_folder, "--suite", " , ")
    with pytest.raises(ModelNotFound, match="nowhere"):
        run("blind", tiny_folder, "nowhere", "--votes", data / "votes.jsonl")
    assert not (data / "votes.jsonl").exists()


def test_the_bot_is_asked_neither_by_a_server_nor_with_lora_weights(tiny_folder: Path, data: Path) -> None:
    """Both would be left out of account in silence."""
    common = ("--suite", "newcomer", "--bot")
    with pytest.raises(ConfigError, match="is a server"):
        run("http://127.0.0.1:9/v1", *common)
    with pytest.raises(ConfigError, match="no other LoRA weights"):
        run(tiny_folder, *common, "--lora", data)


def test_what_was_measured_before_a_failure_is_kept(tiny_folder: Path, data: Path, short: Path, tmp_path: Path) -> None:
    """A bad record in the second suite loses nothing of the first; a missing folder is made."""
    with (data / "chat.toy.jsonl").open("a") as file:
        file.write('{"messages": []}\n')
    out = tmp_path / "a" / "b" / "x.json"
    with pytest.raises(DataError, match=r"chat\.toy\.jsonl:4: messages"):
        run(tiny_folder, "--suite", f"{short},chat", "--data", data, "--threads", 1, "--json", out)
    assert [result["suite"] for result in json.loads(out.read_text())["results"]] == ["short"]


def test_a_missing_package_is_named_with_its_extra() -> None:
    """Not by a traceback."""
    code = "import sys; sys.modules['torch'] = None; from botframework.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "eval", "mini", "--suite", "speed"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr.strip().endswith("pip install 'botframework[eval]'")
    assert "Traceback" not in done.stderr


def test_suites_are_found_by_name_and_their_files_in_the_data_folder(tmp_path: Path) -> None:
    """Every shipped suite can be read; a missing one and missing files are told with what there is."""
    assert {"translation", "summaries", "code", "memory", "chat", "router", "newcomer"} <= set(suite_names())
    assert all(find_suite(name).name == name for name in suite_names())
    assert all(find_suite(name).about in " ".join(run("suites").output.split()) for name in ("chat", "code"))
    with pytest.raises(ConfigError, match=r"there are: .*translation"):
        find_suite("nowhere")
    with pytest.raises(DataError, match="--data"):
        find_suite("translation").find(None)


def test_records_are_taken_evenly() -> None:
    """Not the first ones of a sorted file."""
    assert evenly(range(10), 5) == [0, 2, 4, 6, 8]
    assert evenly(range(3), 5) == [0, 1, 2]


@pytest.mark.parametrize(
    ("successes", "count", "low", "high"), [(8, 10, 0.490, 0.943), (0, 0, 0, 1), (2.5, 5, 0.170, 0.830)]
)
def test_wilsons_interval(successes: float, count: int, low: float, high: float) -> None:
    """As published, also for half successes."""
    assert wilson(successes, count) == pytest.approx((low, high), abs=2e-3)


def _questions(folder: Path) -> Path:
    asked = [{"id": f"q{n}", "lang": "en", "text": f"hello {n}", "topic": "x", "any": ["x"]} for n in range(4)]
    (folder / "mine.yaml").write_text(yaml.safe_dump(asked))
    file = folder / "suite.yaml"
    file.write_text("name: mine\nkind: questions\nfiles: [mine.yaml]\nmax_new_tokens: 4\n")
    return file


def test_blind_votes_are_kept_and_taken_up_again(tiny_folder: Path, tmp_path: Path) -> None:
    """Two votes, a skip, then leaving; the next run asks only what has no vote, and tells the rate."""
    other = build_tiny_model(tmp_path / "other", seed=5, window=256)
    votes = tmp_path / "votes.jsonl"
    common = ("blind", tiny_folder, other, "--suite", _questions(tmp_path), "--votes", votes, "--threads", 1)
    first = run(*common, keys="what\n1\n=\ns\nq\n")
    assert first.exit_code == 0, first.output
    assert "1 of 4" in first.output
    lines = [json.loads(line) for line in votes.read_text().splitlines()]
    assert [line.get("id") for line in lines] == [None, "q0", "q1"]
    left = "second" if swapped(Pair("q0", "", "", ""), lines[0]["seed"]) else "first"
    assert [line["winner"] for line in lines[1:]] == [left, "tie"]
    second = run(*common, keys="2\n2\n")
    assert "1 of 2" in second.output
    assert "95 %" in second.output
    assert len(votes.read_text().splitlines()) == 5
    assert "1 of" not in run(*common).output
    with pytest.raises(DataError, match="name another file"):
        run("blind", other, tiny_folder, "--suite", _questions(tmp_path), "--votes", votes)


def test_ties_count_as_half_and_a_cut_off_vote_is_asked_again(tmp_path: Path) -> None:
    """Two wins, a loss and a tie are 62.5 %; half a line is dropped."""
    path = tmp_path / "votes.jsonl"
    ballot = Ballot(path, "a", "b")
    for number, winner in enumerate(("second", "second", "first", "tie")):
        ballot.add(Pair(str(number), "x", "y", "z"), winner)  # type: ignore[arg-type]  # they are literals
    score = tally(ballot.votes)
    assert (score.wins, score.losses, score.ties, score.rate) == (2, 1, 1, 0.625)
    assert score.low < 0.625 < score.high
    with path.open("a") as file:
        file.write('{"id": "4", "win')
    again = Ballot(path, "a", "b")
    assert again.done == {"0", "1", "2", "3"}
    assert again.seed == ballot.seed


def test_the_order_is_even_over_many_pairs() -> None:
    """Neither model stands on the left most of the time."""
    shown = [swapped(Pair(str(n), "", "", ""), 7) for n in range(400)]
    assert 150 < sum(shown) < 250


def test_a_transcript_is_written(tiny_folder: Path, tmp_path: Path) -> None:
    """With every question and answer."""
    path = tmp_path / "said.md"
    result = run(tiny_folder, "--suite", _questions(tmp_path), "--transcript", path, "--threads", 1)
    assert result.exit_code == 0, result.output
    assert "> hello 3" in path.read_text()


def test_the_whole_bot_can_be_asked(tiny_folder: Path, tmp_path: Path) -> None:
    """With rules, skills and memory around the model; what is remembered is told before the question."""
    file = tmp_path / "whole.yaml"
    file.write_text("name: whole\nkind: questions\nfiles: [asked.yaml]\n")
    asked = [
        {"id": "help", "lang": "en", "text": "/help", "topic": "commands", "any": ["/translate"]},
        {
            "id": "memory",
            "lang": "en",
            "text": "/memory",
            "topic": "memory",
            "any": ["Oslo"],
            "memory": ["Lives in Oslo"],
        },
    ]
    (tmp_path / "asked.yaml").write_text(yaml.safe_dump(asked))
    out = tmp_path / "x.json"
    result = run(
        tiny_folder, "--suite", file, "--bot", "--embedder", embedder_folder("mini"), "--threads", 1, "--json", out
    )
    assert result.exit_code == 0, result.output
    [part] = json.loads(out.read_text())["results"][0]["parts"]
    assert [answer["scores"]["on topic (hint)"] for answer in part["answers"]] == [1, 1]


def test_the_evaluation_needs_nothing_of_bots_and_of_fine_tuning() -> None:
    """Its modules can be imported without langchain, chromadb, TRL and peft."""
    code = (
        "import sys, importlib, pkgutil, botframework.evaluation as e\n"
        "for name in ('langchain_core', 'chromadb', 'trl', 'peft'): sys.modules[name] = None\n"
        "for m in pkgutil.iter_modules(e.__path__):\n"
        "    if m.name != 'sandbox_child': importlib.import_module('botframework.evaluation.' + m.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
