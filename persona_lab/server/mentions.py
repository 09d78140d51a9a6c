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
# What stands between mentions and says nothing by itself.
BETWEEN = re.compile(r"^(?:[\s,:;·&+]+|(?:and|und|와|과|및|그리고)\s+(?=$))+", re.IGNORECASE)
JOINING = re.compile(r"(?<=\0)\s*(?:,|&|and|와|과|및|그리고)?\s*(?=\0)", re.IGNORECASE)


class Put(NamedTuple):
    """A question without its mentions, and who was mentioned, in the order of the text."""

    question: str
    personas: tuple[Persona, ...]


def mentioned(text: str, personas: Sequence[Persona]) -> Put:
    """Return the question and those it is put to.

    Raises:
        InvalidRequest: somebody is mentioned whom the project doesn't have; the message names those it has.
    """
    found: dict[str, Persona] = {}
    rest, end = "", 0
    for at in AT.finditer(text):
        if at.start() < end:
            continue
        known = _named(text, at.end(), personas)
        if known is None:
            raise InvalidRequest(_nobody(NAMED.findall(text, at.end())[0], personas))
        persona, behind = known
        found[persona.id] = persona
        rest += f"{text[end : at.start()]}\0"
        end = behind
    rest += text[end:]
    question = JOINING.sub("", rest).replace("\0", " ") if found else text
    return Put(BETWEEN.sub("", re.sub(r"[^\S\n]+", " ", question)).strip() if found else text, tuple(found.values()))


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


def _named(text: str, start: int, personas: Sequence[Persona]) -> tuple[Persona, int] | None:
    """Return whose label stands at this place, and where it and a particle behind it end."""
    for persona in sorted(personas, key=lambda one: -len(one.label)):
        end = start + len(persona.label)
        if not persona.label or text[start:end].casefold() != persona.label.casefold():
            continue
        if particle := PARTICLE.match(text, end):
            return persona, particle.end()
        if not re.match(r"\w", text[end : end + 1]):
            return persona, end
    return None


def _nobody(name: str, personas: Sequence[Persona]) -> str:
    if not personas:
        return f"There is no persona @{name}: the project has none yet. `project.personas()` says how to get them."
    there = ", ".join(f"@{one.label}" for one in personas)
    return f"There is no persona @{name}. There are: {there}."
