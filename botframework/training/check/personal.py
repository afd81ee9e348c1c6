"""Finds what is likely personal data in a text: addresses, phone, card, account and identity numbers; knows no records.

What has a checksum is only reported when that is right. Addresses at example domains, networks that are nobody's and
the telephone numbers kept for films are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from ipaddress import ip_address

KINDS = ("e-mail", "phone", "card", "IBAN", "Chinese ID", "IP address")

# Letters are ASCII ones here, so that a number may stand right behind a Chinese character.
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,5}[A-Za-z]{2,24}\b", re.A)
_NOBODY = re.compile(r"@(?:[\w-]+\.)*(?:example|test|invalid|localhost|domain|email)\.?\w*$|^(?:no-?reply|git)@", re.I)
_DIGITS = re.compile(r"\d[\d .()/+-]{5,}[\dXx]")
_PHONES = re.compile(
    r"(?<![\w.+/-])(?:"
    r"\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){2,4}"  # international
    r"|1[3-9]\d(?:[ -]?\d{4}){2}"  # Chinese mobile
    r"|\(?[2-9]\d\d\)?[ .-][2-9]\d\d[ .-]\d{4}"  # North American
    r"|0[1-9](?:[ .-]\d\d){4}"  # French
    r")(?![\w-]|\.\d)",
    re.A,
)
_FILM = re.compile(r"555\D?01\d\d$")
_CARD = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w-]|\.\d)", re.A)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", re.A)
_CHINESE_ID = re.compile(r"(?<!\w)[1-9]\d{16}[\dXx](?!\w)", re.A)
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w]|\.\d)", re.A)
_IP_LIKE = re.compile(r"\d\.\d{1,3}\.\d{1,3}\.\d")
_IP6 = re.compile(r"(?<![\w:])[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{5,34}(?![\w:])", re.A)


def personal_data(text: str) -> Iterator[tuple[str, str]]:
    """(kind, what was found) of each piece of likely personal data."""
    if "@" in text:
        yield from (("e-mail", found) for found in _EMAIL.findall(text) if not _NOBODY.search(found))
    if _DIGITS.search(text):
        taken: list[str] = []
        for found in _CHINESE_ID.findall(text):
            if is_chinese_id(found):
                taken.append(found)
                yield "Chinese ID", found
        for found in _CARD.findall(text):
            if found not in taken and is_card(found):
                taken.append(found)
                yield "card", found
        for found in _IBAN.findall(text):
            if is_iban(found):
                taken.append(found)
                yield "IBAN", found
        for found in _PHONES.findall(text):
            if not _FILM.search(found) and not any(found in other for other in taken):
                yield "phone", found
    if _IP_LIKE.search(text):
        yield from (("IP address", found) for found in _IP.findall(text) if is_public_address(found))
    if text.count(":") > 3:
        yield from (("IP address", found) for found in _IP6.findall(text) if is_public_address(found))


def masked(found: str) -> str:
    """Enough of it to find it again, and too little to use: the first and last two characters."""
    return f"{found[:2]}…{found[-2:]}"


def is_card(text: str) -> bool:
    """Whether the digits are those of a payment card: a known first digit and the checksum of Luhn (ISO/IEC 7812-1)."""
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or digits[0] not in {2, 3, 4, 5, 6} or len(set(digits)) < 4:
        return False
    doubled = [d if i % 2 == 0 else sum(divmod(2 * d, 10)) for i, d in enumerate(reversed(digits))]
    return sum(doubled) % 10 == 0


def is_iban(text: str) -> bool:
    """Whether the checksum of an international account number is right (ISO 13616)."""
    plain = text.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in plain[4:] + plain[:4])) % 97 == 1


def is_chinese_id(text: str) -> bool:
    """Whether a number of 18 places holds a birthday and the right check digit (GB 11643)."""
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    weighted = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(text[:17]))
    return born.year >= 1900 and "10X98765432"[weighted % 11] == text[17].upper()


def is_public_address(text: str) -> bool:
    """Whether this is an address of the public internet."""
    try:
        return ip_address(text).is_global
    except ValueError:
        return False
