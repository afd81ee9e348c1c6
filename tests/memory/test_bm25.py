"""Words decide, in any writing system."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from botframework.memory.bm25 import BM25, tokenize


def test_words_lose_case_accents_and_stop_words() -> None:
    """A search does not need the right case or accents."""
    assert tokenize("The Café, in ÉVRY!") == ["cafe", "evry"]


def test_chinese_is_cut_into_characters_and_pairs() -> None:
    """A search finds a part of a Chinese word, and words that say nothing are left out."""
    assert tokenize("我喜欢茶") == ["喜", "欢", "茶", "我喜", "喜欢", "欢茶"]


def test_a_rare_word_weighs_more_than_a_frequent_one() -> None:
    """The text with the rarer shared word comes first."""
    index = BM25()
    for number, text in enumerate(["green tea", "green tree", "green violin", "green boat"]):
        index.add(str(number), text)
    scores = index.scores("the green violin")
    assert max(scores, key=lambda found_id: scores[found_id]) == "2"
    assert index.scores("绿茶") == {}


def test_a_replaced_text_is_no_longer_found() -> None:
    """Adding under the same id forgets the earlier text, and removing forgets all."""
    index = BM25()
    index.add("a", "my cat is called Miro")
    index.add("a", "my dog is called Rex")
    assert index.scores("cat") == {}
    assert set(index.scores("dog")) == {"a"}
    assert index.remove("a")
    assert not index.remove("a")
    assert index.scores("dog") == {}
    assert len(index) == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.text(alphabet="xyz茶 ", max_size=12), st.booleans()), max_size=30))
def test_an_index_kept_up_to_date_equals_one_built_at_once(steps: list[tuple[str, str, bool]]) -> None:
    """However texts came and went, the scores are those of an index built from what is left."""
    kept: dict[str, str] = {}
    index = BM25()
    for found_id, text, add in steps:
        if add:
            index.add(found_id, text)
            kept[found_id] = text
        else:
            assert index.remove(found_id) == (kept.pop(found_id, None) is not None)
    fresh = BM25()
    for found_id, text in kept.items():
        fresh.add(found_id, text)
    assert index.scores("x y 茶 xy") == fresh.scores("x y 茶 xy")
    assert all(score > 0 for score in fresh.scores("x y 茶 xy").values())
