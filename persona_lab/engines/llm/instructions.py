"""What the model is told: instructions from text files, and data in a message of its own that nothing can end.

The markers around data carry its hash, so no text can hold the marker that closes
it; each turn is one line, so no text can begin a turn of its own.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

from persona_lab.engines.analysing.analysis import PROMPT_HASH as RULES_HASH
from persona_lab.engines.base import Context
from persona_lab.engines.llm.shapes import Chosen, Mapped, Notes, Portrayed
from persona_lab.engines.personas import portraits
from persona_lab.engines.rules import Language
from persona_lab.engines.study import FIELD_CHARACTERS, FIELDS, HEAD, described
from persona_lab.models import Message, Passage, Voice

FOLDER = Path(__file__).parent / "prompts"
# Of a conversation so far, so many messages are told, each up to so many characters.
REMEMBERED = 6
MESSAGE_CHARACTERS = 1_000
PORTRAY = "portray"

CONVERSATION = {"en": "Conversation so far:", "ko": "지금까지의 대화:"}
QUESTION = {"en": "Question:", "ko": "질문:"}


@cache
def told(name: str, language: Language) -> str:
    """Return the instructions for a task.

    `analyse`, `summarise`, `map`, `overview`, `portray`, `answer`, and `persona`, which stands behind the last.
    """
    return (FOLDER / f"{name}.{language}.txt").read_text(encoding="utf-8")


@cache
def prompt_hash() -> str:
    """Return a hash of all instructions, of the forms to fill in, and of the rules by which the rest is measured.

    Those for portraits have one of their own, for no analysis hangs on them.
    """
    digest = hashlib.sha256(RULES_HASH.encode())
    for path in sorted(FOLDER.glob("*.txt")):
        if path.name.startswith(f"{PORTRAY}."):
            continue
        digest.update(f"{path.name}\0{path.read_text(encoding='utf-8')}\0".encode())
    digest.update(json.dumps([HEAD, FIELDS], sort_keys=True).encode())
    for shape in (Notes, Chosen, Mapped):
        digest.update(json.dumps(shape.model_json_schema(), sort_keys=True).encode())
    return digest.hexdigest()[:12]


@cache
def portrait_hash() -> str:
    """Return a hash of all that shapes a portrait: instructions, form, and how code makes what it begins with."""
    told_so = [path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob(f"{PORTRAY}.*.txt"))]
    form = json.dumps(Portrayed.model_json_schema(), sort_keys=True)
    shaping = [portraits.MODEL, portraits.PROMPT_HASH, form, *told_so]
    return hashlib.sha256("\0".join(shaping).encode()).hexdigest()[:12]


def with_study(instructions: str, context: Context, language: Language) -> str:
    """Return instructions followed by what the researcher says of the study."""
    told_of_it = described(context, language)
    return f"{instructions}\n{told_of_it}\n" if told_of_it else instructions


def fenced(lines: Iterable[str], name: str) -> str:
    """Return the lines between two markers that none of them can hold."""
    body = "\n".join(lines)
    mark = hashlib.sha256(body.encode()).hexdigest()[:16]
    return f"<<<{name} {mark}\n{body}\n{name} {mark}>>>"


def one_line(text: str) -> str:
    """Return the text in one line, whatever breaks lines in it."""
    return " ".join(text.split())


def answering(language: Language, voice: Voice | None) -> str:
    """Return the instructions for an answer, in a persona's voice where there is one."""
    return told("answer", language) + (told("persona", language) if voice else "")


def question(
    asked: str,
    passages: Sequence[Passage],
    history: Sequence[Message],
    language: Language,
    voice: Voice | None = None,
) -> str:
    """Return the passages, numbered from 1, who speaks, the conversation so far and the question."""
    lines = (f"{n} | {passage.role} | {one_line(passage.text)}" for n, passage in enumerate(passages, start=1))
    parts = [fenced(lines, "PASSAGES")]
    if voice:
        described = [voice.name, voice.title, voice.summary, *voice.pains, *voice.needs, *voice.insights]
        parts.append(fenced((one_line(one)[:FIELD_CHARACTERS] for one in described if one.strip()), "PERSONA"))
    if history:
        said = (f"{one.role}: {one_line(one.content)[:MESSAGE_CHARACTERS]}" for one in history[-REMEMBERED:])
        parts.append(f"{CONVERSATION[language]}\n{fenced(said, 'CONVERSATION')}")
    parts.append(f"{QUESTION[language]} {one_line(asked)}")
    return "\n\n".join(parts)
