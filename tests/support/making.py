"""What projects are made of, in its smallest complete form."""

import hashlib
from datetime import UTC, datetime

from persona_lab.engines.personas.portraits import MODEL as PORTRAITS
from persona_lab.engines.personas.portraits import PROMPT_HASH as PORTRAITS_HASH
from persona_lab.models import (
    Analysis,
    CitedQuote,
    Contradiction,
    Finding,
    HowMightWe,
    Insight,
    InsightMember,
    LeadingQuestion,
    PersonaTrait,
    Portrait,
    Provenance,
    Quality,
    QualityReason,
    Quote,
    Section,
    Session,
    SpeakerCorrection,
    Trait,
    Transcript,
    Turn,
    TypicalWord,
)
from persona_lab.store.interviews import Upload

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)

CHECKOUT = (
    "Interviewer: What happened the last time you paid?\n"
    "Mina: The card form is really frustrating. It forgets my address every time.\n"
    "Interviewer: What would help?\n"
    "Mina: I wish it would remember my delivery address.\n"
)


def interview_text(topic: str) -> str:
    """Return a short interview that differs from others by its topic."""
    return (
        f"Interviewer: What bothers you about {topic}?\n"
        f"Mina: I find {topic} really frustrating, because it takes far too long every single time.\n"
        "Interviewer: What would help?\n"
        f"Mina: I wish that {topic} would simply remember what I did last week.\n"
    )


def upload(name: str = "first") -> Upload:
    """Return what is known of the file `name`.txt, whose content is its name."""
    return Upload(
        title=name,
        filename=f"{name}.txt",
        sha256=hashlib.sha256(name.encode()).hexdigest(),
        size_bytes=len(name),
        interview_date=None,
        created_by="mina",
    )


def transcript(said: str = "The card form is slow.", *, sha256: str = "0" * 64) -> Transcript:
    """Return an interview of one question and one answer."""
    text = f"Q: How was it?\nP: {said}\n"
    question = Turn(index=0, speaker="Q", role="interviewer", text="How was it?", start=3, end=14)
    answer = Turn(index=1, speaker="P", role="participant", text=said, start=18, end=18 + len(said))
    return Transcript(text=text, sha256=sha256, format="txt", encoding="utf-8", language="en", turns=(question, answer))


def analysis(run_id: str, said: str = "The card form is slow.") -> Analysis:
    """Return what an engine might make of `transcript(said)`: one pain, and something of every other part."""
    quote = Quote(turn=1, start=18, end=18 + len(said), text=said)
    return Analysis(
        language="en",
        summary=said,
        summary_quotes=(quote,),
        insights=(Finding(kind="pain", text=said, quotes=(quote,), terms=("card", "form", "slow")),),
        profile=(Trait(name="job", value="a nurse", quotes=(quote,)),),
        session=Session(place="Leeds", participants=1, turns=2, words=8, facts={"Place": "Leeds"}),
        sections=(Section(name="Card form", first=0, last=1, terms=("card",)),),
        leading_questions=(LeadingQuestion(kind="tag", why="It only asks for a nod.", quote=span(0)),),
        quality=Quality(score=2, reasons=(QualityReason(measure="amount", value=5, level=0.1, text="Five words."),)),
        how_might_we=(HowMightWe(text="How might we make the card form quick?", findings=(0,)),),
        provenance=Provenance(
            engine="local",
            model="test",
            prompt_hash="p",
            transcript_sha256="0" * 64,
            run_id=run_id,
            context_hash="c",
            redaction="off",
            speakers=(SpeakerCorrection(speaker="P", name="Mina"),),
        ),
    )


def span(turn: int = 1) -> Quote:
    """Return a span of `transcript()`: its question, or the first word of its answer."""
    return (
        Quote(turn=0, start=3, end=14, text="How was it?") if turn == 0 else Quote(turn=1, start=18, end=21, text="The")
    )


def insight(*interview_ids: str, name: str = "slow-form") -> Insight:
    """Return one pain, merged from the first finding of each interview, with what may speak against it."""
    members = tuple(InsightMember(interview_id=interview_id, finding=0) for interview_id in interview_ids)
    said = span()
    against = [
        Contradiction(interview_id=one.interview_id, against=one, likeness=0.5, **said.model_dump()) for one in members
    ]
    return Insight(
        id=name, kind="pain", text="The card form is slow.", members=members, contradictions=tuple(against[:1])
    )


def portrait(text: str = "It has to be quick.", *interview_ids: str) -> Portrait:
    """Return the least that a portrait can say, of everything something, resting on these interviews."""
    quote = CitedQuote(interview_id=(*interview_ids, "first")[0], speaker="P", **span().model_dump())
    trait = PersonaTrait(kind="goal", text=text, support=1, participants=1, quotes=(quote,), against=(quote,))
    return Portrait(
        language="en",
        name="Robin",
        title=text,
        summary=text,
        summary_quotes=(quote,),
        traits=(trait,),
        words=(TypicalWord(word="quick", participants=1, score=2.0),),
        participants=1,
        medoid=quote.interview_id,
        runs=dict.fromkeys(interview_ids, "run"),
        engine="local",
        model=PORTRAITS,
        prompt_hash=PORTRAITS_HASH,
        made_at=NOON,
    )
