"""People known by name: from labels, from other interviews; finding them again wherever they are mentioned."""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from persona_lab.transcripts.redaction.english_names import EDGE, END, STARTS, is_name_word
from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.korean_names import HANGUL, parts
from persona_lab.transcripts.redaction.lists import first_names, words
from persona_lab.transcripts.roles import is_speaker_word

IN_PARENTHESES = re.compile(r"[(（\[][^()（）\[\]]*[)）\]]")
PARTICLE = (
    r"(?=씨|님|이?가|이?는|은|이?를|을|의|이?도|이?만|이?와|과|이?랑|"
    r"한테|에게|께|야|아|네|이?라고|입니다|예요|이에요|이?면|[^가-힣]|$)"
)
SHORT_LABEL = re.compile(r"[A-Za-z]{0,2}[0-9]*", re.ASCII)


def label_name(label: str) -> str | None:
    """Return the name in a speaker's label, None where it only says what somebody is (`Speaker 1`, `참가자`)."""
    kept = [word for word in IN_PARENTHESES.sub(" ", label).split() if not _is_role(word)]
    while kept and kept[-1][0].islower():
        kept.pop()
    name = " ".join(kept).strip(" ,;-–")
    return name if len(name) > 1 and any(map(str.isalpha, name)) else None


def _is_role(word: str) -> bool:
    bare = word.strip(",.:;-–")
    return (
        not bare
        or bare.isdigit()
        or bool(SHORT_LABEL.fullmatch(bare))
        or is_speaker_word(bare)
        or not is_name_word(bare)
        or bare in words("ko", "titles")
    )


def key_of(name: str) -> str:
    return (
        name.replace(" ", "")
        if HANGUL.search(name) and parts(name.replace(" ", ""))
        else " ".join(name.casefold().split())
    )


def can_be_sought(name: str) -> bool:
    """Whether the name is one person's wherever it stands, and not also an everyday word."""
    if HANGUL.search(name):
        return " " not in name and len(name) > 2 and parts(name) is not None
    return " " in name or name not in words("en", "ambiguous")


def find_people(text: str, names: Iterable[str], *, is_label: bool = False) -> Iterator[Find]:
    """Yield every mention of these names, whole or by a part that is nobody else's.

    Names that are words too are not taken where a sentence begins with them, unless it is no sentence but a label.
    """
    known = {key_of(name): name for name in names}
    patterns = {
        key: re.compile(_pattern(name), re.IGNORECASE if _is_case_free(name) else 0) for key, name in known.items()
    }
    for key, pattern in patterns.items():
        for found in pattern.finditer(text):
            if is_label or _is_person(found, known[key]):
                yield Find(found.start(), found.end(), "name", key)
    for part, key in _parts(known.values()).items():
        for found in re.finditer(rf"{EDGE}{re.escape(part)}{END}", text):
            if is_label or _is_person(found, part):
                yield Find(found.start(), found.end(), "name", key)


def full_names(pieces: Sequence[str], finds: Sequence[Sequence[Find]], names: Iterable[str]) -> dict[str, str]:
    """Return which full name a short one stands for (`민지`, `박 대리`, `sarah`), where exactly one fits.

    Args:
        pieces: the texts, with what was found in each.
        names: further full names, besides those among the finds.
    """
    whole = {find.key for found in finds for find in found if find.kind == "name" and _is_full(find.key)}
    longer: dict[str, set[str]] = {}
    for key in whole | {key for key in map(key_of, names) if _is_full(key)}:
        for short in _short_forms(key):
            longer.setdefault(short, set()).add(key)
    for piece, found in zip(pieces, finds, strict=True):
        for find in found:
            if find.kind == "name" and find.key in whole and HANGUL.search(find.key):
                for title in _titles_behind(piece, find.end):
                    longer.setdefault(f"{find.key[0]} {title}", set()).add(find.key)
    return {short: next(iter(keys)) for short, keys in longer.items() if len(keys) == 1}


def led(find: Find, full: Mapping[str, str]) -> Find:
    """Return the find under the full name of whom it means."""
    return replace(find, key=full.get(find.key, find.key)) if find.kind == "name" else find


def _titles_behind(text: str, end: int) -> Iterator[str]:
    behind = text[end : end + 6].removeprefix(" ")
    yield from (title for title in words("ko", "titles") if behind.startswith(title))


def _is_full(key: str) -> bool:
    if HANGUL.search(key):
        return len(key) > 2 and " " not in key and parts(key) is not None
    return " " in key


def _short_forms(key: str) -> list[str]:
    if HANGUL.search(key):
        split = parts(key)
        return [split.given] if split and len(split.given) > 1 else []
    first, *_, last = key.split(" ")
    return [first, last]


def _parts(names: Collection[str]) -> dict[str, str]:
    """Return the first and last names that only one of the full names has, with that name's key."""
    owners: dict[str, set[str]] = {}
    for name in names:
        if " " in name and not HANGUL.search(name):
            for part in {name.split()[0], name.split()[-1]}:
                if len(part) > 2 and part[0].isupper() and is_name_word(part):
                    owners.setdefault(part, set()).add(key_of(name))
    return {part: next(iter(keys)) for part, keys in owners.items() if len(keys) == 1}


def _pattern(name: str) -> str:
    if HANGUL.search(name):
        split = parts(name.replace(" ", ""))
        if split and len(name.replace(" ", "")) > 2:
            return rf"{re.escape(split.surname)} ?{re.escape(split.given)}"
        return rf"(?<![가-힣]){re.escape(name)}{PARTICLE}"
    return EDGE + r" +".join(map(re.escape, name.split())) + END


def _is_case_free(name: str) -> bool:
    """Whether the name in small letters is still the name (`thanks sarah`)."""
    return " " in name or (name in first_names() and name not in words("en", "ambiguous"))


def _is_person(found: re.Match[str], name: str) -> bool:
    """Whether a name that is also a word is meant as one: not where a sentence begins with it (`Will you …`)."""
    if name not in words("en", "ambiguous"):
        return True
    after = found.string[found.end() : found.end() + 1]
    return not STARTS.search(found.string[max(0, found.start() - 3) : found.start()]) or after in (",", ":", "'", "’")
