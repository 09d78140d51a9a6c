"""An analysis and a mind map in the forms of the original's workflows, field by field.

The original numbers the lines of a transcript from 1; a line is a turn here, so line 5 is turn 4, and what it calls
evidence are the lines of our quotes. Where it wants a list that holds one object, there is one. It has no field for
a summary, for questions that lead, for terms and scores. This is the one place that knows both shapes.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from persona_lab.models import Analysis, Interview, Kind, MindMap, Quality, Trait, TraitName, Transcript, Turn

Output = dict[str, Any]

FIRST_LINE: Final = 1
CATEGORIES: Final[Mapping[Kind, str]] = {"pain": "painpoint", "need": "needs"}
# What headers call the topic.
TOPICS: Final = ("topic", "subject", "주제", "인터뷰 주제")


def output(interview: Interview, analysis: Analysis, transcript: Transcript, *, topic: str = "") -> Output:
    """Return the original's `outputs` for an interview, ready to be written as JSON.

    Args:
        topic: what the study asks, for the session's topic where the file's header states none.
    """
    return {
        "cleaned_script": [_line(turn, analysis) for turn in transcript.turns],
        "session_info": [_session(interview, analysis, topic)],
        "interviewee_profile": [_profile(analysis.profile)],
        "interview_quality_assessment": [{"overall_quality": _quality(analysis.quality)}],
        "key_takeaways": [finding.text for finding in analysis.insights if finding.kind == "takeaway"],
        "primary_pain_points": _evident(analysis, "pain"),
        "primary_needs": _evident(analysis, "need"),
        "hmw_questions": [{"hmw_questions": question.text} for question in analysis.how_might_we],
        "script_sections": [
            {
                "sector_name": section.name,
                "start_line": section.first + FIRST_LINE,
                "end_line": section.last + FIRST_LINE,
                "is_main_content": section.is_main,
            }
            for section in analysis.sections
        ],
        # A code of the company's own personas, which no interview tells.
        "ai_persona_match": None,
    }


def cleaned_text(transcript: Transcript) -> str:
    """Return the talk as the original's cleaned script has it, for people: a turn a line, its white space made one.

    A line begins with the time, where the file gives it, and with who speaks, where somebody is known to. What stands
    in no turn (the head of the file, page numbers, notes of a tool) is not there. Read again, it gives the same turns.
    """
    return "".join(f"{_begin(turn)}{' '.join(turn.text.split())}\n" for turn in transcript.turns)


def mind_map_output(mind_map: MindMap) -> Output:
    """Return the original's form of a mind map; a quote is its words there, and "" where there is none."""
    return {
        "title": mind_map.title,
        "summary": mind_map.summary,
        "root_node": {"text": mind_map.root, "subtitle": mind_map.subtitle},
        "main_topics": [
            {
                "id": topic.id,
                "title": topic.title,
                "color": topic.color,
                "subtopics": [
                    {
                        "title": part.title,
                        "content_items": [
                            {
                                "content": item.content,
                                "quote": item.quote.text if item.quote else "",
                                "relevance": item.relevance,
                            }
                            for item in part.items
                        ],
                    }
                    for part in topic.subtopics
                ],
            }
            for topic in mind_map.topics
        ],
    }


def _line(turn: Turn, analysis: Analysis) -> Output:
    kinds = {finding.kind for finding in analysis.insights for quote in finding.quotes if quote.turn == turn.index}
    return {
        "id": [turn.index + FIRST_LINE],
        "speaker": "question" if turn.role == "interviewer" else "answer",
        "category": next((name for kind, name in CATEGORIES.items() if kind in kinds), None),
        "cleaned_sentence": " ".join(turn.text.split()),
    }


def _begin(turn: Turn) -> str:
    time = ""
    if turn.time is not None:
        minutes, seconds = divmod(int(turn.time), 60)
        time = f"[{minutes // 60:02}:{minutes % 60:02}:{seconds:02}] "
    return f"{time}{turn.speaker}: " if turn.speaker else time


def _session(interview: Interview, analysis: Analysis, topic: str) -> Output:
    session = analysis.session
    facts = {name.casefold(): value for name, value in session.facts.items()} if session else {}
    stated = next((facts[name] for name in TOPICS if name in facts), "")
    date = interview.interview_date or (session.date if session else None)
    return {"session_date": date, "interview_topic": stated or topic or interview.title}


def _profile(traits: Sequence[Trait]) -> Output:
    def told(*names: TraitName) -> str | None:
        return ", ".join(trait.value for trait in traits if trait.name in names) or None

    return {
        "profile_summary": ", ".join(trait.value for trait in traits) or None,
        # Nobody's gender is guessed.
        "demographics": {
            "age_group": told("age"),
            "gender": None,
            "occupation_context": told("job", "experience"),
        },
    }


def _quality(quality: Quality | None) -> Output | None:
    if quality is None:
        return None
    return {"score": quality.score, "assessment": " ".join(reason.text for reason in quality.reasons)}


def _evident(analysis: Analysis, kind: Kind) -> list[Output]:
    return [
        {
            "description": finding.text,
            "evidence": sorted({quote.turn + FIRST_LINE for quote in finding.quotes}),
        }
        for finding in analysis.insights
        if finding.kind == kind
    ]
