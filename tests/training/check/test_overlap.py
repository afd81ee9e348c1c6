"""Finding evaluation texts in training records."""

from __future__ import annotations

from botframework.training.check.overlap import EvaluationTexts, strings_in

LONG = "The old lighthouse keeper walked slowly down to the harbour every morning before the ships came in."
CHINESE = "老灯塔看守人每天早上在船只进港之前都会慢慢走到港口去。"


def texts() -> EvaluationTexts:
    """Two long texts, a short one and one too short."""
    found = EvaluationTexts()
    for number, text in enumerate([LONG, CHINESE, "Where is the station?", "Thank you."], start=1):
        found.add(text, f"set:{number}")
    return found


def test_the_same_text_is_found_whatever_its_case_and_punctuation() -> None:
    """Exact overlap is after normalising."""
    found = texts()
    assert len(found) == 3
    overlap = found.find(["Hello!", "where is the STATION"])
    assert overlap is not None
    assert (overlap.place, overlap.share, overlap.num_words) == ("set:3", 1.0, 4)
    assert found.find(["Thank you."]) is None


def test_a_text_within_a_record_is_found_by_its_runs_of_words() -> None:
    """Half of a text is enough, a phrase of it is not."""
    found = texts()
    whole = found.find([f"He said: {LONG} And so on."])
    assert whole is not None
    assert (whole.place, whole.share) == ("set:1", 1.0)
    half = found.find(["Keeper walked slowly down to the harbour every morning before the ships left."])
    assert half is not None
    assert 0.5 <= half.share < 1
    assert found.find(["It walked slowly down to the harbour every morning."]) is None
    chinese = found.find(["他说：" + CHINESE + "然后呢？"])
    assert chinese is not None
    assert chinese.place == "set:2"


def test_only_what_a_record_says_is_compared() -> None:
    """System prompts, languages and sources are in every record."""
    record = {
        "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Hi", "n": 3}],
        "source": "somewhere",
        "refs": ["one", "two"],
    }
    assert list(strings_in(record)) == ["Hi", "one", "two"]
