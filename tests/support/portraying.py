"""A persona's portrait as code makes it, and the interviews it rests on."""

from persona_lab.models import CitedQuote, PersonaTrait, PersonaTraitKind, Portrait, Transcript
from tests.support import making

CARD = "The card form forgets my address every time."
COUPON = "The coupon field doesn't work on my phone."
SAVE = "I wish it would remember my delivery address."
EVENING = "I usually shop in the evening when the children sleep."
INTERVIEWS = {
    "a": making.transcript(f"{CARD} {EVENING}"),
    "b": making.transcript(f"{COUPON} {SAVE}"),
    "c": making.transcript(CARD),
}


def quote(interview_id: str, words: str, *, transcript: Transcript | None = None) -> CitedQuote:
    """Return these words as somebody said them in one of the interviews."""
    text = (transcript or INTERVIEWS[interview_id]).text
    start = text.index(words)
    end = start + len(words)
    return CitedQuote(interview_id=interview_id, speaker="P", turn=1, start=start, end=end, text=words)


def trait(kind: PersonaTraitKind, *quotes: CitedQuote) -> PersonaTrait:
    support = len({one.interview_id for one in quotes})
    return PersonaTrait(kind=kind, text=quotes[0].text, support=support, participants=3, quotes=quotes)


def portrait(*traits: PersonaTrait, language: str = "en") -> Portrait:
    """Return a portrait of these traits; without any, of two pains, a need and a habit."""
    its = traits or (
        trait("pain", quote("a", CARD), quote("c", CARD)),
        trait("pain", quote("b", COUPON)),
        trait("need", quote("b", SAVE)),
        trait("behaviour", quote("a", EVENING)),
    )
    first = its[0].quotes[0]
    return making.portrait().model_copy(
        update={
            "language": language,
            "title": "Card, address",
            "summary": first.text,
            "summary_quotes": (first,),
            "traits": its,
            "medoid": first.interview_id,
            "runs": {one.interview_id: "run" for trait in its for one in trait.quotes},
            "participants": 3,
        }
    )
