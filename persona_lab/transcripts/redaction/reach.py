"""How people are reached: telephone numbers and e-mail addresses, written or spelled out in speech."""

import re
from collections.abc import Iterator

from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.plain import near

# Not before a letter of the address itself; Korean particles may follow at once (kim@ex.kr로).
EMAIL = re.compile(
    r"(?<![\w.+%-])[A-Za-z0-9](?:[\w.+%-]{0,63}(?<=[A-Za-z0-9_]))?@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}", re.ASCII
)
SPOKEN_EMAIL = re.compile(
    r"\b[A-Za-z0-9]+(?:(?:\s+dot\s+|\s+underscore\s+|\.|_)[A-Za-z0-9]+)*\s+at\s+[A-Za-z0-9-]+"
    r"(?:\s+dot\s+(?:com|net|org|edu|gov|io|co|kr|uk|de|ai|me))+\b"
    r"|[A-Za-z0-9._-]+\s*골뱅이\s*[A-Za-z가-힣]+\s*(?:닷컴|닷넷|점\s*컴|쩜\s*컴|닷\s*컴|\.com|점\s*씨오\s*점\s*케이알)",
    re.IGNORECASE,
)

# What may be a telephone number; phonenumbers decides, for the countries where interviews are held.
CANDIDATE = re.compile(r"(?<![\w.,/$€£₩#-])[+(]?\d(?:[\d ().-]{5,60})\d(?![\w]*[A-Za-z\d])")
DATE = re.compile(r"(?:19|20)\d\d([-./ ])(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)")
COUNTRIES = ("KR", "US", "GB")
PHONE_WORD = re.compile(
    r"전화|연락처|휴대폰|핸드폰|폰\s?번호|번호|문자|팩스|phone|\bcall\b|\bcell\b|mobile|\btext\b|\btel\b|\bfax\b|reach|number|ring",
    re.IGNORECASE,
)
NOT_PHONE_WORD = re.compile(
    r"주문|송장|운송장|접수|사업자|예약|상품|모델|버전|티켓|쿠폰|order|ticket|invoice|tracking|serial|model|version|booking|"
    r"reference|SKU|build|issue|\bID\b|part",
    re.IGNORECASE,
)
KOREAN_MOBILE = re.compile(r"01[016789]\d{7,8}")
LOCAL = re.compile(r"(?<![\d.,/$-])\d{3}[-. ]\d{4}(?![\d-])")
SPOKEN_KOREAN = re.compile(
    r"공\s?일\s?공[\s,.]*(?:에\s?)?(?:[공영일이삼사오육륙칠팔구]\s?){4}[\s,.]*(?:에\s?)?(?:[공영일이삼사오육륙칠팔구]\s?){3}[공영일이삼사오육륙칠팔구]"
)
DIGIT_WORD = r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|(?:double|triple)\s+\w+)"
SPOKEN_ENGLISH = re.compile(rf"\b{DIGIT_WORD}(?:[\s,.-]+{DIGIT_WORD}){{6,14}}\b", re.IGNORECASE)


def find_emails(text: str) -> Iterator[Find]:
    """Yield the e-mail addresses in text that went through `plain`."""
    patterns = [EMAIL] if "@" in text else []
    if " dot " in text.casefold() or "골뱅이" in text:
        patterns.append(SPOKEN_EMAIL)
    for pattern in patterns:
        for found in pattern.finditer(text):
            yield Find(found.start(), found.end(), "email", found[0].casefold())


def find_phones(text: str) -> Iterator[Find]:
    """Yield the telephone numbers in text that went through `plain`."""
    for found in CANDIDATE.finditer(text):
        yield from _phones(text, found.start(), found.end())
    for found in LOCAL.finditer(text):
        if near(text, *found.span(), PHONE_WORD, before=20) and not near(
            text, *found.span(), NOT_PHONE_WORD, before=20
        ):
            yield _find(text, found.start(), found.end())
    for found in SPOKEN_KOREAN.finditer(text):
        yield Find(found.start(), found.end(), "phone", re.sub(r"[\s,.에]", "", found[0]))
    for found in SPOKEN_ENGLISH.finditer(text):
        yield Find(found.start(), found.end(), "phone", " ".join(found[0].casefold().split()))


def _phones(text: str, start: int, end: int) -> Iterator[Find]:
    import phonenumbers
    from phonenumbers import Leniency, PhoneNumberMatcher

    written = text[start:end]
    if DATE.search(written):
        return
    is_named = near(text, start, end, PHONE_WORD)
    is_other = near(text, start, end, NOT_PHONE_WORD, before=16)
    is_bare = written.isdigit()
    if is_bare and not KOREAN_MOBILE.fullmatch(written) and (is_other or not is_named):
        return
    if is_other and not (is_named or KOREAN_MOBILE.fullmatch(re.sub(r"\D", "", written))):
        return
    for country in COUNTRIES:
        matches = list(PhoneNumberMatcher(written, country, leniency=Leniency.VALID))
        for match in matches:
            key = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            yield Find(start + match.start, start + match.end, "phone", key)
        if matches:
            return
    digits = re.sub(r"\D", "", written)
    # Numbers that no exchange gives out, as in examples, or written wrongly; the word beside them tells.
    if (
        is_named
        and not is_other
        and 9 <= len(digits) <= 13
        and (digits[0] == "0" or "+" in written or len(digits) == 10)
    ):
        yield _find(text, start, end)


def _find(text: str, start: int, end: int) -> Find:
    return Find(start, end, "phone", re.sub(r"\D", "", text[start:end]))
