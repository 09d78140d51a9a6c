"""Models that find something sensible in any interview, always the same: what people put in telling words.

For the notebook that sets engines side by side. They are no models: they pick
sentences by a handful of words, each in its own way, and one of them makes a
quote up, as models do.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from tests.fakes import models
from tests.fakes.miso import outputs_of

HARD = re.compile(
    r"frustrat|annoy|problem|difficult|\bhard\b|wrong|mistake|hallucinat|don't trust|worr|struggl|tedious"
    r"|답답|불편|힘들|어렵|걱정|찜찜|틀리|틀렸|귀찮|문제|불안|뜨끔",
    re.I,
)
WISHED = re.compile(
    r"\bwish|would (?:love|like)|'d (?:love|like)|\bhope\b|\bneed|it would be|좋겠|바라|원하|싶어|필요", re.I
)
SENTENCE = re.compile(r"[^.!?。]+(?:[.!?。]+[\"”']?|$)")
SHORTEST, LONGEST = 25, 190
INVENTED = {"en": "I would gladly pay twice as much for it", "ko": "두 배를 내더라도 기꺼이 쓰겠어요"}


class Sentence(NamedTuple):
    """A sentence of a participant, in the line or turn of that number."""

    place: int
    text: str
    hard: int
    wished: int


def report(message: str) -> models.Report:
    """Fill in the form of an OpenAI-compatible endpoint: what is put most strongly first, and one thing nobody said."""
    if any(f"<<<{data}" in message for data in ("POINTS", "CONVERSATION", "QUOTES")):
        return models.honest(message)
    said = list(
        _sentences((n, words) for n, role, words in models.data_of(message, "TRANSCRIPT") if role != "interviewer")
    )
    pains = sorted((one for one in said if one.hard), key=lambda one: -one.hard)[:4]
    needs = sorted((one for one in said if one.wished and one not in pains), key=lambda one: -one.wished)[:3]
    others = [one for one in said if not one.hard and not one.wished][:2]
    invented = INVENTED["ko" if re.search("[가-힣]", message) else "en"]
    found = [
        *(("pain", one) for one in pains),
        *(("need", one) for one in needs),
        *(("takeaway", one) for one in others),
    ]
    findings = [{"kind": kind, **_point(one.place, one.text)} for kind, one in found]
    return {
        "summary": [_point(one.place, one.text) for one in sorted([*pains[:2], *others[:1]])],
        "findings": [*findings, {"kind": "takeaway", **_point(1, invented)}],
        "profile": [],
        "how_might_we": [],
    }


def outputs(inputs: Mapping[str, str]) -> dict[str, Any]:
    """Put out what MISO's interview app does: what comes first in the talk, and the lines that bear it out."""
    if inputs["preprocess_type"] != "interview":
        return outputs_of(inputs)
    lines = [line.partition(": ") for line in inputs["context"].split("\n")]
    answers = [(n, said) for n, (label, _, said) in enumerate(lines, start=1) if label.startswith(("Answer", "답변"))]
    said = list(_sentences(answers))
    pains, needs = [one for one in said if one.hard][:4], [one for one in said if one.wished][:3]
    return {
        "cleaned_script": [
            {"id": [n], "speaker": "answer" if (n, said) in answers else "question", "cleaned_sentence": said}
            for n, (_, _, said) in enumerate(lines, start=1)
        ],
        "session_info": [],
        "interviewee_profile": [{"profile_summary": answers[0][1][:LONGEST] if answers else ""}],
        "interview_quality_assessment": [],
        "key_takeaways": [one.text for one in said if not one.hard and not one.wished][:2],
        "primary_pain_points": [{"description": one.text, "evidence": [one.place]} for one in pains],
        "primary_needs": [{"description": one.text, "evidence": [one.place]} for one in needs],
        "hmw_questions": [],
        "script_sections": [],
        "ai_persona_match": "",
    }


def _sentences(said: Iterable[tuple[int, str]]) -> Iterable[Sentence]:
    for place, words in said:
        for found in SENTENCE.findall(words):
            text = found.strip()
            if SHORTEST <= len(text) <= LONGEST:
                yield Sentence(place, text, len(HARD.findall(text)), len(WISHED.findall(text)))


def _point(turn: int, text: str) -> dict[str, Any]:
    return {"text": text, "quotes": [{"turn": turn, "words": " ".join(text.split()[:40])}]}
