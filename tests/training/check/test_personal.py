"""Finding likely personal data."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from botframework.training.check.personal import is_card, is_chinese_id, is_iban, masked, personal_data


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Write to anna.b+news@posteo.de today.", [("e-mail", "anna.b+news@posteo.de")]),
        ("Call +49 30 1234 5678 after six.", [("phone", "+49 30 1234 5678")]),
        ("Call (212) 736-5000.", [("phone", "(212) 736-5000")]),
        ("我的电话是13812345678。", [("phone", "13812345678")]),
        ("Appelez le 06 12 34 56 78", [("phone", "06 12 34 56 78")]),
        ("Card 4111 1111 1111 1234, no; 4539 1488 0343 6467, yes.", [("card", "4539 1488 0343 6467")]),
        ("IBAN: DE89 3704 0044 0532 0130 00.", [("IBAN", "DE89 3704 0044 0532 0130 00")]),
        ("身份证 11010519491231002X", [("Chinese ID", "11010519491231002X")]),
        ("The server is 8.8.4.4.", [("IP address", "8.8.4.4")]),
        ("Or 2001:4860:4860::8888 instead", [("IP address", "2001:4860:4860::8888")]),
    ],
)
def test_personal_data_is_found(text: str, found: list[tuple[str, str]]) -> None:
    """Each kind is found where it stands, once."""
    assert list(personal_data(text)) == found


@pytest.mark.parametrize(
    "text",
    [
        "Write to me@example.com or noreply@shop.de.",
        "Call 212-555-0123, as they do in films.",
        "On 2024-03-15 12:30:45 it was 1234567890123 items.",
        "Version 1.2.3.4.5, or 192.168.0.1 and 127.0.0.1.",
        "The number 3.14159265358979 and 1,000,000,000.",
        "4539 1488 0343 6466 has a wrong check digit, and so has DE88 3704 0044 0532 0130 00.",
        "ID 110105194912310021 is mistyped, 0000000000000000 is none.",
        "import a::b::c::d::e",
    ],
)
def test_what_only_looks_alike_is_left_alone(text: str) -> None:
    """Examples, dates, versions and numbers without a right checksum are not reported."""
    assert not list(personal_data(text))


@settings(deadline=None)
@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    """No text stops the search."""
    for _, found in personal_data(text):
        assert found in text


@settings(deadline=None)
@given(st.integers(10**14, 10**15 - 1))
def test_one_wrong_digit_breaks_a_checksum(number: int) -> None:
    """Of a card number's ten last digits exactly one is right."""
    right = [last for last in range(10) if is_card(f"4{number}{last}")]
    assert len(right) == 1 or len(set(f"4{number}")) < 4


def test_checksums() -> None:
    """The published examples pass, with a changed digit they do not."""
    assert is_iban("GB82WEST12345698765432")
    assert not is_iban("GB83WEST12345698765432")
    assert is_chinese_id("34052419800101001X")
    assert not is_chinese_id("340524198001010018")
    assert not is_chinese_id("34052419801301001X")
    assert masked("anna@posteo.de") == "an…de"
