"""What goes to an engine beside transcripts, as a list of texts, and put together again from other ones."""

from collections.abc import Mapping, Sequence

from persona_lab.engines.base import Context
from persona_lab.models import (
    Passage,
    Voice,
)
from persona_lab.transcripts.redaction import (
    Redacted,
)


def texts_of(context: Context) -> list[str]:
    """Return all that the context says, field by field."""
    return [text for _, told in context for text in ((told,) if isinstance(told, str) else told)]


def with_texts(context: Context, texts: Sequence[str]) -> Context:
    """Return the context with these texts in place of its own, in the order of `texts_of`."""
    left = iter(texts)
    return Context(
        **{name: next(left) if isinstance(told, str) else tuple(next(left) for _ in told) for name, told in context}
    )


def told_of(voice: Voice | None) -> list[str]:
    """Return all that is told of who speaks: a persona is composed from what people said, names and all."""
    if voice is None:
        return []
    return [voice.label, voice.name, voice.title, voice.summary, *voice.pains, *voice.needs, *voice.insights]


def voice_with(voice: Voice, texts: Sequence[str]) -> Voice:
    """Return the voice with these texts in place of its own, in the order of `told_of`."""
    left = iter(texts)
    heads = {name: next(left) for name in ("label", "name", "title", "summary")}
    lists = {name: tuple(next(left) for _ in getattr(voice, name)) for name in ("pains", "needs", "insights")}
    return voice.model_copy(update={**heads, **lists})


def shown_passage(passage: Passage, titles: Mapping[str, str], text: Redacted, speaker: str | None) -> Passage:
    return passage.model_copy(
        update={"interview_title": titles[passage.interview_title], "speaker": speaker, "text": text.text}
    )
