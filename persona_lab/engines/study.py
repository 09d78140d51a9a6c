"""What the researcher says of the study, as a remote engine is told it."""

from typing import Final

from persona_lab.engines.base import TOLD, Context
from persona_lab.engines.rules import Language

# Of each field so many characters; of a glossary, as many words as fit.
FIELD_CHARACTERS = 2_000

HEAD: Final[dict[Language, str]] = {
    "en": "The study, in the researcher's words:",
    "ko": "이 연구에 관해 연구자가 적은 것:",
}
FIELDS: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "purpose": "Purpose",
        "audience": "Audience",
        "method": "Method",
        "company": "Company",
        "company_info": "About the company",
        "glossary": "Words of the trade, with what they mean",
    },
    "ko": {
        "purpose": "목적",
        "audience": "대상",
        "method": "방법",
        "company": "회사",
        "company_info": "회사 소개",
        "glossary": "용어와 그 뜻",
    },
}


def described(context: Context, language: Language) -> str:
    """Return a line for each thing that the researcher says, under a heading; "" where nothing is said."""
    known = [f"{FIELDS[language][name]}: {said}" for name in TOLD if (said := _said(getattr(context, name)))]
    return "\n".join([HEAD[language], *known]) if known else ""


def _said(told: str | tuple[str, ...]) -> str:
    if isinstance(told, str):
        return _line(told)[:FIELD_CHARACTERS]
    said = ""
    for entry in map(_line, told):
        more = f"{said}; {entry}" if said else entry[:FIELD_CHARACTERS]
        if len(more) > FIELD_CHARACTERS:
            break
        said = more
    return said


def _line(text: str) -> str:
    return " ".join(text.split())
