"""metrics.jsonl, also after a crash in the middle of a line."""

from __future__ import annotations

import json
from pathlib import Path

from botframework.training.runs.metrics import Metrics, held_out_of, mean_held_out, read_metrics, series_of


def test_lines_are_kept_in_order_and_told_to_listeners(tmp_path: Path) -> None:
    """Every line is in the file at once, as JSON, and every listener hears it."""
    heard: list[object] = []
    metrics = Metrics(tmp_path / "metrics.jsonl", (heard.append,))
    metrics.write(step=1, loss=2.5)
    metrics.write(step=2, held_out={"中文": 3.0})
    assert read_metrics(metrics.path) == [{"step": 1, "loss": 2.5}, {"step": 2, "held_out": {"中文": 3.0}}] == heard
    metrics.close()


def test_a_number_that_is_not_finite_leaves_the_file_readable_by_any_json_parser(tmp_path: Path) -> None:
    """NaN and infinity become null, wherever they are."""
    metrics = Metrics(tmp_path / "metrics.jsonl")
    metrics.write(loss=float("nan"), held_out={"a": float("inf")}, rates=[1.0, float("-inf")])
    metrics.close()

    def refuse(word: str) -> float:
        raise AssertionError(f"{word} is no JSON")

    line = json.loads(metrics.path.read_text(), parse_constant=refuse)
    assert line == {"loss": None, "held_out": {"a": None}, "rates": [1.0, None]}


def test_half_a_line_from_a_crash_is_cut_off_and_the_next_one_is_whole(tmp_path: Path) -> None:
    """A killed writer's half line neither hides what came before nor spoils what comes after."""
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2, "lo', encoding="utf-8")
    assert read_metrics(path) == [{"step": 1}]
    metrics = Metrics(path)
    metrics.write(step=2)
    metrics.close()
    assert path.read_text(encoding="utf-8") == '{"step": 1}\n{"step": 2}\n'


def test_lines_behind_a_step_can_be_forgotten_and_written_again(tmp_path: Path) -> None:
    """A run that goes on from step 20 has each later line once, and keeps the held-out scores of step 20."""
    metrics = Metrics(tmp_path / "metrics.jsonl")
    for step in (10, 20, 30):
        metrics.write(step=step, loss=step / 10)
        metrics.write(held_out={"a": step})
    metrics.truncate_after(20)
    metrics.write(step=30, loss=3.0)
    metrics.close()
    expected = [{"step": 10, "loss": 1.0}, {"held_out": {"a": 10}}, {"step": 20, "loss": 2.0}, {"held_out": {"a": 20}}]
    assert metrics.lines() == [*expected, {"step": 30, "loss": 3.0}]
    assert [path.name for path in tmp_path.iterdir()] == ["metrics.jsonl"]


def test_the_mean_of_the_sources_counts_steps_at_which_all_were_measured() -> None:
    """A source that was measured more often does not bend the mean."""
    lines = [
        {"step": 1, "held_out": {"a": 4.0}},
        {"step": 2, "held_out": {"a": 3.0, "b": 5.0}},
        {"step": 2, "held_out": {"a": 2.0, "b": None}},
    ]
    assert held_out_of(lines) == {"a": [(1, 4.0), (2, 2.0)], "b": [(2, 5.0)]}
    assert mean_held_out(lines) == [(2, 3.5)]
    assert series_of([{"step": 1, "on": True}, {"step": 2, "on": 1}], "on") == [(2, 1.0)]
