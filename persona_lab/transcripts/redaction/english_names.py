"""Names in Latin letters, by the words around them and by lists of first names."""

import re
from collections.abc import Iterator

from persona_lab.transcripts.redaction.finds import Find
from persona_lab.transcripts.redaction.lists import first_names, last_names, words

CAPITALISED = r"(?:[DO]')?[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ]+(?:['-][A-ZÀ-Ö]?[a-zß-öø-ÿ]{2,})?(?:[A-Z][a-zß-öø-ÿ]+)?"
NAME = rf"{CAPITALISED}(?: (?:[A-Z]\. )?(?:(?:van|von|de|da|del|der|bin|al|la) )*{CAPITALISED}){{0,2}}"
# A Korean particle may follow at once (Sarah가), so \b would not do.
EDGE, END = r"(?<![A-Za-zÀ-ÿ0-9@._-])", r"(?![A-Za-zÀ-ÿ0-9@_])"
WORD = re.compile(rf"{EDGE}{CAPITALISED}{END}")

TITLED = re.compile(
    rf"{EDGE}(?P<title>Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Professor|Doctor|Nurse|Officer|Judge|Captain|Uncle|Aunt|Auntie|Father|"
    rf"Sister|Coach|Sir)\.? (?P<name>{NAME}){END}"
)
NAMED = re.compile(
    r"(?i:\b(?:my (?:full |first |last )?name(?: is|'s)|name's|call me|goes by|go by|whose name is|name was|name is|"
    rf"spelled|signed by))[,:]? (?P<name>{NAME}){END}"
)
MAYBE_NAMED = re.compile(
    r"(?i:\b(?:i'm|i am|this is|it's|named|hi|hello|hey|dear|thanks|thank you|cheers|welcome|regards|sincerely|"
    rf"talking (?:to|with)|speaking with)),? (?P<name>{NAME}){END}"
)
RELATION = re.compile(
    r"\b(?i:my|our|his|her|their|the)(?: \w+)?? (?i:friend|colleague|coworker|co-worker|manager|boss|supervisor|wife|"
    r"husband|son|daughter|brother|sister|partner|teammate|roommate|neighbou?r|cousin|nephew|niece|girlfriend|boyfriend|"
    r"mentor|assistant|intern|accountant|therapist|doctor|landlord|mate|buddy)(?i:,| named| called)? "
    rf"(?P<name>{NAME}){END}"
)
SPEAKS = re.compile(
    r" (?:said|says|told|asked|asks|thinks|thought|mentioned|suggested|suggests|recommended|showed|explained|texted|"
    r"emailed|called me|replied|agreed|left the|joined|quit|and I\b|and me\b)|"
    r"'s (?:wife|husband|mom|mum|team|desk|email|idea|phone|birthday)"
)
STARTS = re.compile(r"(?:^|[.!?…:\n\"“(]\s*|[-–—]\s+)$")
INITIAL_AND_SURNAME = re.compile(rf"{EDGE}(?:[A-Z]\. ){{1,2}}(?P<name>{CAPITALISED}){END}")


def find_english_names(text: str) -> Iterator[Find]:
    """Yield the names in text that went through `plain`; a name's key is the name in small letters."""
    for found in TITLED.finditer(text):
        yield from _trimmed(
            found,
            is_sure=found["title"] not in ("Nurse", "Officer", "Coach", "Father", "Sister", "Captain", "Judge", "Sir"),
        )
    for found in NAMED.finditer(text):
        yield from _trimmed(found, is_sure=True)
    for found in RELATION.finditer(text):
        yield from _trimmed(found, is_sure=True)
    for found in MAYBE_NAMED.finditer(text):
        yield from _trimmed(found, is_sure=False)
    for found in INITIAL_AND_SURNAME.finditer(text):
        if found["name"] in last_names():
            yield Find(found.start(), found.end("name"), "name", found[0].casefold())
    yield from _listed(text)


def is_name_word(word: str) -> bool:
    """Whether a capitalised word may be a part of a name."""
    return word not in words("en", "not-names")


def _trimmed(found: re.Match[str], *, is_sure: bool) -> Iterator[Find]:
    """Yield the name as far as its words can be names; where the words before are weak, its first must be known."""
    taken: list[str] = []
    for word in found["name"].split(" "):
        is_surname = bool(taken) and word in last_names()
        if word[0].isupper() and not is_surname and not is_name_word(word.removesuffix("'s")):
            break
        taken.append(word)
    while taken and taken[-1][0].islower():
        taken.pop()
    if not taken:
        return
    name = " ".join(taken).removesuffix("'s")
    after = found.string[found.start("name") + len(name) :]
    follows = re.match(rf" ({CAPITALISED})", after)
    if follows and follows[1] in words("en", "after-places") and len(taken) == 1 and not is_sure:
        return
    is_known = taken[0] in first_names() and (
        taken[0] not in words("en", "ambiguous") or re.match(r"[,.!?]|$", after) is not None
    )
    is_full = len(taken) > 1 and (taken[0] in first_names() or taken[-1] in last_names())
    if is_sure or is_known or is_full:
        yield _find(found.start("name"), name)


def _listed(text: str) -> Iterator[Find]:
    """Yield names that begin with a known first name, with the surname behind it."""
    ambiguous = words("en", "ambiguous")
    for found in WORD.finditer(text):
        first = found[0].removesuffix("'s")
        if first not in first_names() or not is_name_word(first):
            continue
        rest = text[found.start() + len(first) :]
        behind = re.match(rf" ((?:[A-Z]\. )?)({CAPITALISED}){END}", rest)
        surname = behind[2].removesuffix("'s") if behind else ""
        if surname in words("en", "after-places"):
            continue
        is_surname = bool(surname) and is_name_word(surname) and (surname in last_names() or first not in ambiguous)
        if first in ambiguous and not (is_surname or SPEAKS.match(rest)):
            continue
        whole = f"{first} {behind[1]}{surname}" if behind and is_surname else first
        yield _find(found.start(), whole)


def _find(start: int, name: str) -> Find:
    return Find(start, start + len(name), "name", name.casefold())
