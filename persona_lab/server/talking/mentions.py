"""To whom a question is put: `@P1 @P2` in its text.

Korean writes particles behind a name without a space, "@P1은"; what follows @ in an
e-mail address is no name of anybody's.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from persona_lab.errors import InvalidRequest
from persona_lab.models import Persona

# No @ within a word is a mention.
AT = re.compile(r"(?<![\w.+-])@(?=[^\W_])")
NAMED = re.compile(r"[\w-]+")
# Longer ones first, so that none is taken for the beginning of another.
PARTICLES = """
    에게서는 한테서는 에게서 한테서 에게는 한테는 께서는 이라면 에게도 한테도 에게 한테 께서 이라고 이랑 이나 하고 처럼
    보다 까지 부터 마저 조차 이는 이가 이도 이의 이를 라면 라고 랑 께 은 는 이 가 을 를 의 와 과 도 만 로 나
    님은 님이 님께 님 씨는 씨가 씨
"""
PARTICLE = re.compile(f"(?:{'|'.join(sorted(PARTICLES.split(), key=len, reverse=True))})(?!\\w)")
# What stands between mentions, or behind one that a question begins with, and says nothing by itself.
JOINING = re.compile(r"[\s,:;·&+]*(?:(?:and|und|와|과|및|그리고)(?!\w)[\s,:;·&+]*)?", re.IGNORECASE)
BETWEEN = re.compile(r"[\s,:;·&+]*")
ENDS = " \t\r\n.?!…)"
# Behind these somebody is called, and not spoken of: "Would you pay, @P1?"
CALLING = re.compile(r"(?:\s*[,;:·]|(?<=[.?!…\n]))\s*\Z")
POSSESSIVE = re.compile(r"['’]\w")


class Put(NamedTuple):
    """A question without those who are called, and who was mentioned, in the order of the text."""

    question: str
    personas: tuple[Persona, ...]


class Mention(NamedTuple):
    """Where somebody is mentioned: the label ends at `end`, a particle on it at `behind`."""

    persona: Persona
    start: int
    end: int
    behind: int


def mentioned(text: str, personas: Sequence[Persona]) -> Put:
    """Return the question and those it is put to.

    Who is called before the question or behind it is left out of it; who is spoken of in it stands there by label.

    Raises:
        InvalidRequest: somebody is mentioned whom the project doesn't have; the message names those it has.
    """
    found = _mentions(text, personas)
    if not found:
        return Put(text, ())
    before, at = _called_before(text, found)
    behind, end = _called_behind(text, found[before:])
    question = ""
    for one in found[before : len(found) - behind]:
        question += f"{text[at : one.start]}{one.persona.label}"
        at = one.end
    question += text[at:end]
    if behind and question.rstrip(ENDS) == question:
        question += text[len(text.rstrip(ENDS)) :]
    question = re.sub(r"[^\S\n]+", " ", question).strip()
    people = {one.persona.id: one.persona for one in found}
    return Put(question if re.search(r"\w", question) else "", tuple(people.values()))


def called(names: Sequence[str], personas: Sequence[Persona]) -> list[Persona]:
    """Return the personas of these labels or ids.

    Raises:
        InvalidRequest: one of them isn't there; the message names those there are.
    """
    return list({one.id: one for one in (_called(name, personas) for name in names)}.values())


def _called(name: str, personas: Sequence[Persona]) -> Persona:
    wanted = name.removeprefix("@").casefold()
    found = next((one for one in personas if one.id == name or one.label.casefold() == wanted), None)
    if found is None:
        raise InvalidRequest(_nobody(name.removeprefix("@"), personas))
    return found


def _mentions(text: str, personas: Sequence[Persona]) -> list[Mention]:
    found: list[Mention] = []
    for at in AT.finditer(text):
        if found and at.start() < found[-1].behind:
            continue
        named = _named(text, at.end(), personas)
        if named is None:
            raise InvalidRequest(_nobody(NAMED.findall(text, at.end())[0], personas))
        found.append(Mention(named[0], at.start(), *named[1:]))
    return found


def _called_before(text: str, found: Sequence[Mention]) -> tuple[int, int]:
    """Return how many are called before the question, and where it begins."""
    count = at = 0
    for one in found:
        if _end(JOINING, text, at) != one.start:
            break
        count, at = count + 1, one.behind
    if POSSESSIVE.match(text, at):
        return 0, 0
    return count, _end(BETWEEN, text, at) if count else 0


def _called_behind(text: str, found: Sequence[Mention]) -> tuple[int, int]:
    """Return how many are called behind the question, and where it ends."""
    count, at = 0, len(text.rstrip(ENDS))
    for one in reversed(found):
        if not JOINING.fullmatch(text, one.behind, at):
            break
        count, at = count + 1, one.start
    calling = CALLING.search(text[:at]) if count else None
    return (count, calling.start()) if calling else (0, len(text))


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return found.end() if found else at


def _named(text: str, start: int, personas: Sequence[Persona]) -> tuple[Persona, int, int] | None:
    """Return whose label stands at this place, where it ends, and where a particle behind it does."""
    for persona in sorted(personas, key=lambda one: -len(one.label)):
        end = start + len(persona.label)
        if not persona.label or text[start:end].casefold() != persona.label.casefold():
            continue
        if particle := PARTICLE.match(text, end):
            return persona, end, particle.end()
        if not re.match(r"\w", text[end : end + 1]):
            return persona, end, end
    return None


def _nobody(name: str, personas: Sequence[Persona]) -> str:
    if not personas:
        return f"There is no persona @{name}: the project has none yet. `project.personas()` says how to get them."
    there = ", ".join(f"@{one.label}" for one in personas)
    return f"There is no persona @{name}. There are: {there}."
