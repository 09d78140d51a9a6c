"""An engine that goes over the network gets pseudonyms; what it returns is led back to what was said.

Nothing of the originals is in what the inner engine sees: not in the text, the
labels, the titles, the questions or the conversation so far. Its quotes are
checked against the text it saw, then cut from the transcript as it is.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing

from persona_lab.engines.base import UNTOLD, Context, Engine, Portrayer, Run, Suggested, Tally
from persona_lab.engines.language import language_of
from persona_lab.engines.redacting.beside import shown_passage, texts_of, told_of, voice_with, with_texts
from persona_lab.engines.redacting.hiding import (
    HiddenTranscript,
    Pseudonyms,
    as_seen,
    by_kind_and_key,
    hide,
    hide_texts,
    label_of,
    names_of,
)
from persona_lab.engines.redacting.quoting import (
    HiddenQuote,
    Place,
    cited_in_own_words,
    person_of,
    place_of,
    quotes_of,
    seen_message,
    seen_quotes,
)
from persona_lab.engines.redacting.restoring import led_back, map_in_own_words
from persona_lab.engines.redacting.scans import Scans
from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    CitedQuote,
    Conversation,
    Delta,
    Estimate,
    Insight,
    Message,
    MindMap,
    Original,
    Passage,
    Portrait,
    RedactionSetting,
    Summary,
    Transcript,
    Usage,
    Voice,
)
from persona_lab.transcripts.redaction import (
    Redacted,
    Restoring,
    Scan,
    restore,
    word,
)


def guarded(
    engine: Engine,
    setting: RedactionSetting,
    *,
    scans: Scans,
    pseudonyms: Pseudonyms,
    transcript_of: Callable[[str], Transcript],
) -> Engine:
    """Return the engine as a project may use it: behind `Redacting` when it is remote, unless the project says "off".

    Args:
        transcript_of: returns an interview's transcript by its id.
    """
    setting = in_effect(engine, setting)
    if setting == "off":
        return engine
    return Redacting(
        engine, scans=scans, pseudonyms=pseudonyms, transcript_of=transcript_of, is_redacted=setting == "storage"
    )


def in_effect(engine: Engine, setting: RedactionSetting) -> RedactionSetting:
    """Return what the setting is for this engine: nothing is hidden from one that works here."""
    return setting if engine.is_remote else "off"


class Redacting:
    """`engine`, seeing pseudonyms only. One project's: the pseudonyms are the same in all its interviews.

    Where the interviews were redacted before storage (`is_redacted`) their
    pseudonyms pass as they are, and no original is put into what comes back.
    """

    is_remote = True

    def __init__(
        self,
        engine: Engine,
        *,
        scans: Scans,
        pseudonyms: Pseudonyms,
        transcript_of: Callable[[str], Transcript],
        is_redacted: bool = False,
    ) -> None:
        self.name = engine.name
        self.model = engine.model
        self.prompt_hash = engine.prompt_hash
        self._engine = engine
        self._scans = scans
        self._pseudonyms = pseudonyms
        self._transcript_of = transcript_of
        self._is_redacted = is_redacted

    @property
    def portrayer(self) -> Portrayer:
        return self._engine.portrayer

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        hidden = self._hide(transcript, self._scans.of(transcript))
        names = names_of(self._pseudonyms.known())
        said = texts_of(context)
        texts = self._hide_texts(said, self._scans.of_texts(said, names), transcript.language)
        seen = as_seen(transcript, hidden)
        analysis = self._engine.analyse(seen, with_texts(context, [one.text for one in texts]), run)
        return led_back(analysis, seen, hidden.text, transcript, self._originals())

    def estimate(self, transcripts: Iterable[Transcript], context: Context) -> Estimate:
        # Pseudonyms are about as long as what they stand for.
        return self._engine.estimate(transcripts, context)

    def check(self) -> str:
        return self._engine.check()

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation | Tally | Usage | Suggested]:
        known = await self._known_texts(passages)
        described = told_of(voice)
        about = texts_of(context)
        texts = [question, *(message.content for message in history), *described, *about]
        names = names_of(await asyncio.to_thread(self._pseudonyms.known))
        scans = await self._scans.of_texts_async(texts, names)
        language = language_of(question, "")
        asked, *said = await asyncio.to_thread(self._hide_texts, texts, scans, language)
        titles = await asyncio.to_thread(self._titles, passages, language)
        originals = await asyncio.to_thread(self._originals)
        shown = [shown_passage(passage, titles, *known[number]) for number, passage in enumerate(passages)]
        places = {
            (passage.interview_id, passage.turn): (passage, shown[number], known[number][0])
            for number, passage in enumerate(passages)
        }
        messages = [
            message.model_copy(update={"content": one.text}) for message, one in zip(history, said, strict=False)
        ]
        beside = [one.text for one in said[len(history) :]]
        seen = voice and voice_with(voice, beside)
        told = with_texts(context, beside[len(described) :])
        restoring = Restoring(originals)
        # Whoever stops reading here stops the engine, too.
        async with aclosing(self._engine.answer(asked.text, shown, messages, seen, told)) as parts:
            async for part in parts:
                if isinstance(part, Citation):
                    others = tuple(cited_in_own_words(one, places, originals) for one in part.others)
                    yield Citation(n=part.n, quote=cited_in_own_words(part.quote, places, originals), others=others)
                elif isinstance(part, Suggested):
                    yield Suggested(questions=tuple(restore(one, originals) for one in part.questions))
                elif isinstance(part, Tally | Usage):
                    yield part
                elif text := restoring.take(part.text):
                    yield Delta(text=text)
        if rest := restoring.end():
            yield Delta(text=rest)

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        hidden = self._hidden_quotes(quote for message in messages for quote in quotes_of(message))
        texts = [conversation.title, *(message.content for message in messages)]
        scans = self._scans.of_texts(texts, names_of(self._pseudonyms.known()))
        title, *contents = self._hide_texts(texts, scans, language_of(" ".join(texts), ""))
        seen = [seen_message(message, text.text, hidden) for message, text in zip(messages, contents, strict=True)]
        asked = conversation.model_copy(update={"title": title.text, "created_by": ""})
        made = self._engine.mind_map(asked, seen, run)
        return map_in_own_words(made, hidden, self._originals())

    def summarise(self, insights: Sequence[Insight], run: Run) -> Summary:
        hidden = self._hidden_quotes(quote for one in insights for quote in one.quotes)
        made = self._engine.summarise(self._seen(insights, hidden), run)
        citations = [
            citation.model_copy(update={"quote": found.led_back(citation.quote), "others": ()})
            for citation in made.citations
            if (found := next((one for one in hidden.values() if one.holds(citation.quote)), None))
        ]
        text = restore(made.text, self._originals())
        return made.model_copy(update={"text": text, "citations": tuple(citations)})

    def portray(self, portrait: Portrait, run: Run) -> Portrait:
        told = [*portrait.summary_quotes, *(quote for one in portrait.traits for quote in one.quotes)]
        hidden = self._hidden_quotes(told)
        made, originals = self._engine.portray(self._seen_portrait(portrait, hidden), run), self._originals()
        own = {"title": restore(made.title, originals), "summary": restore(made.summary, originals)}
        quotes = [
            found.led_back(quote)
            for quote in made.summary_quotes
            if (found := next((one for one in hidden.values() if one.holds(quote)), None))
        ]
        by = made.model_dump(include={"engine", "model", "prompt_hash", "note"})
        return portrait.model_copy(update={**own, **by, "summary_quotes": tuple(quotes)})

    def _seen_portrait(self, portrait: Portrait, hidden: Mapping[Place, HiddenQuote]) -> Portrait:
        """Return the portrait as an engine may see it: what it has no use for stays here."""
        said = [portrait.title, portrait.summary, *(one.text for one in portrait.traits)]
        scans = self._scans.of_texts(said, names_of(self._pseudonyms.known()))
        title, summary, *texts = (one.text for one in self._hide_texts(said, scans, portrait.language))
        traits = [
            one.model_copy(update={"text": text, "quotes": seen_quotes(one.quotes, hidden), "against": ()})
            for one, text in zip(portrait.traits, texts, strict=True)
        ]
        quotes = seen_quotes(portrait.summary_quotes, hidden)
        own = {"title": title, "summary": summary, "summary_quotes": quotes, "traits": tuple(traits)}
        return portrait.model_copy(update={**own, "name": "", "words": ()})

    def seen(self, insights: Sequence[Insight]) -> list[Insight]:
        """Return findings with their quotes as the engine may see them."""
        return self._seen(insights, self._hidden_quotes(quote for one in insights for quote in one.quotes))

    def _seen(self, insights: Sequence[Insight], hidden: Mapping[Place, HiddenQuote]) -> list[Insight]:
        said = [one.text for one in insights]
        scans = self._scans.of_texts(said, names_of(self._pseudonyms.known()))
        texts = self._hide_texts(said, scans, language_of(" ".join(said), ""))
        return [
            Insight(
                id=one.id,
                kind=one.kind,
                text=text.text,
                members=one.members,
                support=one.support,
                participants=one.participants,
                quotes=tuple(hidden[place_of(quote)].seen for quote in one.quotes),
            )
            for one, text in zip(insights, texts, strict=True)
        ]

    def _hidden_quotes(self, quoted: Iterable[CitedQuote]) -> dict[Place, HiddenQuote]:
        """Return each quote as its whole interview has it redacted; people become numbers."""
        quotes = list(dict.fromkeys(quoted))
        transcripts = {one: self._transcript_of(one) for one in dict.fromkeys(quote.interview_id for quote in quotes)}
        for transcript in transcripts.values():
            self._hide(transcript, self._scans.of(transcript))
        # Once more, now that everybody whom any of them names is known.
        texts = {key: self._hide(one, self._scans.of(one)).text for key, one in transcripts.items()}
        people = {person: n for n, person in enumerate(dict.fromkeys(map(person_of, quotes)), start=1)}
        return {
            place_of(quote): HiddenQuote(
                quote, texts[quote.interview_id].part(quote.start, quote.end), f"P{people[person_of(quote)]}"
            )
            for quote in quotes
        }

    async def _known_texts(self, passages: Sequence[Passage]) -> list[tuple[Redacted, str | None]]:
        """Return each passage's text and speaker as the whole interview has them redacted."""
        hidden: dict[str, tuple[Transcript, HiddenTranscript]] = {}
        for interview_id in dict.fromkeys(passage.interview_id for passage in passages):
            transcript = await asyncio.to_thread(self._transcript_of, interview_id)
            found = await self._scans.of_async(transcript)
            hidden[interview_id] = (transcript, await asyncio.to_thread(self._hide, transcript, found))
        # Once more, now that everybody whom any of them names is known.
        again = {
            interview_id: await asyncio.to_thread(self._hide, transcript, await self._scans.of_async(transcript))
            for interview_id, (transcript, _) in hidden.items()
        }
        return [
            (
                again[passage.interview_id].text.part(passage.start, passage.start + len(passage.text)),
                label_of(passage.speaker, again[passage.interview_id].beside),
            )
            for passage in passages
        ]

    def _hide(self, transcript: Transcript, found: Scan) -> HiddenTranscript:
        return hide(transcript, found, self._pseudonyms, is_redacted=self._is_redacted)

    def _hide_texts(self, texts: Sequence[str], scans: Sequence[Scan], language: str) -> list[Redacted]:
        return hide_texts(texts, scans, self._pseudonyms, language, is_redacted=self._is_redacted)

    def _originals(self) -> dict[str, str]:
        """Return what may be put back for which pseudonym; titles were never taken out of what is stored."""
        known = self._pseudonyms.known()
        return {one.pseudonym: one.original for one in known if not self._is_redacted or one.kind == "title"}

    def _titles(self, passages: Sequence[Passage], language: str) -> dict[str, str]:
        """Return what each title is called: titles are often names, and whatever they are they are not needed."""
        titles = list(dict.fromkeys(passage.interview_title for passage in passages))
        wanted = [Original(kind="title", key=one, original=one, word=word("title", language)) for one in titles]
        mapped = by_kind_and_key(self._pseudonyms.assign(wanted))
        return {title: mapped["title", title] for title in titles}
