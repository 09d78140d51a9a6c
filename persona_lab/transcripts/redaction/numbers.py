"""Numbers that stand for one person: resident registration, cards, accounts, passports, licences.

Check digits come from python-stdnum. Korea's resident numbers have had none
since October 2020, so one written with its dash counts when its date exists;
one without a dash only with a true check digit or the word beside it.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date

from stdnum import iban, luhn
from stdnum.exceptions import ValidationError
from stdnum.kr import rrn
from stdnum.us import ssn

from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.plain import near

NO_DIGIT_BEFORE, NO_DIGIT_AFTER = r"(?<![\d.,-])", r"(?![\d])(?!-\d)"

DIGITS = re.compile(r"\d{2}")

RESIDENT = re.compile(rf"{NO_DIGIT_BEFORE}(\d{{6}})(\s?-\s?|)([1-8])([\d*●xX]{{6}})(?![\d*])")
RESIDENT_WORD = re.compile(r"주민|등록\s?번호|외국인|생년월일|resident|registration", re.IGNORECASE)
SOCIAL = re.compile(r"(?<![\d-])\d{3}[- ]\d{2}[- ]\d{4}(?![\d-])")
SOCIAL_WORD = re.compile(r"social|\bSSN\b|security", re.IGNORECASE)
INSURANCE = re.compile(r"\b[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b")

CARD = re.compile(
    r"(?<![\d-])(?:(?P<grouped>\d{4}([ -])\d{4}\2\d{4}\2\d{2,7}|\d{4}([ -])\d{6}\3\d{4,5})|\d{14,19})(?!\d|-\d)"
)
CARD_MASKED = re.compile(r"(?<![\d-])\d{4}([ -])[\d*xX●]{4}\1[\d*xX●]{4}\1\d{4}(?![\d-])")
CARD_WORD = re.compile(r"카드|card|visa|master|amex|비자", re.IGNORECASE)

ACCOUNT = re.compile(r"(?<![\d-])(?:\d{2,6}-\d{2,6}-\d{2,8}(?:-\d{1,3})?|\d{3,6}-\d{6,8}|\d{10,14})(?![\d-])")
ACCOUNT_WORD = re.compile(
    r"계좌|통장|입금|송금|이체|예금주|은행|뱅크|국민|신한|우리|하나|농협|기업|수협|신협|새마을|우체국|제일|씨티|토스|케이뱅크"
)
ENGLISH_ACCOUNT = re.compile(
    r"\b(?:account|acct|a/c|routing)\b(?:\s+(?:number|no|num|is|was|ending|in|with))*[\s.:#]*(?:is\s+|was\s+)?"
    r"(?P<number>\d[\d -]{4,18}\d)",
    re.IGNORECASE,
)
SORT_CODE = re.compile(r"\bsort code\b[\s:]*(?:is\s+)?(?P<number>\d{2}-\d{2}-\d{2})", re.IGNORECASE)
IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b")

KOREAN_LICENCE = re.compile(rf"{NO_DIGIT_BEFORE}(?:1[1-9]|2[0-8])-\d{{2}}-\d{{6}}-\d{{2}}{NO_DIGIT_AFTER}")
LICENCE = re.compile(
    r"(?:driver'?s?|driving) licen[cs]e(?: (?:number|no|is|was))*[\s.:#]*"
    r"(?P<number>(?=[A-Z0-9 -]*\d)[A-Z0-9][A-Z0-9-]{4,17})",
    re.IGNORECASE,
)
PASSPORT = re.compile(r"(?<![A-Za-z0-9])(?:[A-Z]\d{8}|[A-Z]\d{3}[A-Z]\d{4}|[A-Z]{2}\d{7}|\d{9})(?![A-Za-z0-9-])")
PASSPORT_WORD = re.compile(r"여권|passport", re.IGNORECASE)


def find_numbers(text: str) -> Iterator[Find]:
    """Yield the numbers in text that went through `plain`."""
    if not DIGITS.search(text):
        return
    yield from _resident(text)
    yield from _cards(text)
    yield from _accounts(text)
    for found in KOREAN_LICENCE.finditer(text):
        yield Find(found.start(), found.end(), "licence", _digits(found[0]))
    for found in LICENCE.finditer(text):
        yield Find(*found.span("number"), "licence", found["number"].upper())
    for found in PASSPORT.finditer(text):
        if near(text, *found.span(), PASSPORT_WORD):
            yield Find(found.start(), found.end(), "passport", found[0])


def _resident(text: str) -> Iterator[Find]:
    for found in RESIDENT.finditer(text):
        born, dash, century, rest = found.groups()
        if not _is_day(born, century) or (not rest.isdigit() and not dash):
            continue
        if dash or _is(rrn.validate, found[0]) or near(text, *found.span(), RESIDENT_WORD):
            yield Find(found.start(), found.end(), "resident", born + century + rest)
    for found in SOCIAL.finditer(text):
        is_named = near(text, *found.span(), SOCIAL_WORD)
        if is_named or ("-" in found[0] and _is(ssn.validate, _digits(found[0]))):
            yield Find(found.start(), found.end(), "resident", _digits(found[0]))
    for found in INSURANCE.finditer(text):
        yield Find(found.start(), found.end(), "resident", found[0].replace(" ", ""))


def _is_day(born: str, century: str) -> bool:
    year = (1900 if century in "1256" else 2000) + int(born[:2])
    try:
        return date(year, int(born[2:4]), int(born[4:])) <= date.today()
    except ValueError:
        return False


def _cards(text: str) -> Iterator[Find]:
    for found in CARD.finditer(text):
        digits = _digits(found[0])
        is_grouped = found["grouped"] is not None
        if digits[0] not in "34569":
            continue
        is_named = near(text, *found.span(), CARD_WORD)
        # One number in ten has a true check digit by chance; one that people group in fours, beside the word, is a
        # card even where somebody misheard a digit.
        if (
            _is(luhn.validate, digits) and (is_grouped or is_named or len(digits) == 16 or digits[:2] in ("34", "37"))
        ) or (is_grouped and is_named):
            yield Find(found.start(), found.end(), "card", digits)
    for found in CARD_MASKED.finditer(text):
        if not found[0].replace(" ", "").replace("-", "").isdigit():
            yield Find(found.start(), found.end(), "card", found[0].replace(" ", "-"))


def _accounts(text: str) -> Iterator[Find]:
    for found in ACCOUNT.finditer(text):
        digits = _digits(found[0])
        if 9 <= len(digits) <= 16 and near(text, *found.span(), ACCOUNT_WORD) and not _is_date(digits):
            yield Find(found.start(), found.end(), "account", digits)
    for pattern in (ENGLISH_ACCOUNT, SORT_CODE):
        for found in pattern.finditer(text):
            if len(_digits(found["number"])) >= 6:
                yield Find(*found.span("number"), "account", _digits(found["number"]))
    for found in IBAN.finditer(text):
        if _is(iban.validate, found[0]):
            yield Find(found.start(), found.end(), "account", found[0].replace(" ", ""))


def _is_date(digits: str) -> bool:
    return bool(re.match(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])", digits)) and len(digits) in (8, 12, 14)


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _is(validate: Callable[[str], str], number: str) -> bool:
    try:
        validate(number)
    except ValidationError:
        return False
    return True
