"""An engine that goes over the network gets pseudonyms; what it returns is led back to what was said.

Nothing of the originals is in what the inner engine sees: not in the text, the
labels, the titles, the questions or the conversation so far. Its quotes are
checked against the text it saw, then cut from the transcript as it is.
"""

import asyncio
import hashlib
import threading
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple, Protocol

from persona_lab.engines.base import UNTOLD, Context, Engine, Portrayer, Run, Suggested, Tally
from persona_lab.engines.gate.admitting import admitted_citation, sifted
from persona_lab.engines.gate.quotes import Gate
from persona_lab.engines.language import language_of
from persona_lab.engines.workroom import Workroom
from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    CitedQuote,
    Conversation,
    Cue,
    Delta,
    Estimate,
    Insight,
    Message,
    MindMap,
    MindMapItem,
    Original,
    Passage,
    Portrait,
    PrivateKind,
    Pseudonym,
    Quote,
    RedactionSetting,
    Summary,
    Transcript,
    Turn,
    Usage,
    Voice,
)
from persona_lab.transcripts.redaction import (
    Find,
    Redacted,
    Restoring,
    Scan,
    restore,
    scan,
    scan_texts,
    with_names,
    word,
)

# Interviews whose finds are kept in memory: offsets and names only, some ten KB each.
KEPT = 512

Mapped = Mapping[tuple[PrivateKind, str], str]
# Where a quote stands: interview, start, end.
Place = tuple[str, int, int]


class Pseudonyms(Protocol):
    """The reversible map of one project. `assign` gives new ones to those originals that have none; both return all."""

    def known(self) -> list[Pseudonym]: ...

    def assign(self, originals: Iterable[Original]) -> list[Pseudonym]: ...


class Scans:
    """Finds what is personal, in the workroom, and remembers it. Usable from any thread."""

    def __init__(self, workroom: Workroom) -> None:
        self._workroom = workroom
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, Scan] = OrderedDict()

    def of(self, transcript: Transcript) -> Scan:
        key = _digest(transcript)
        return self._remembered(key) or self._remember(key, self._workroom.run(scan, transcript))

    async def of_async(self, transcript: Transcript) -> Scan:
        key = _digest(transcript)
        return self._remembered(key) or self._remember(key, await self._workroom.run_async(scan, transcript))

    def of_texts(self, texts: Sequence[str], names: Sequence[str]) -> list[Scan]:
        return self._workroom.run(scan_texts, texts, names)

    async def of_texts_async(self, texts: Sequence[str], names: Sequence[str]) -> list[Scan]:
        return await self._workroom.run_async(scan_texts, texts, names)

    def _remembered(self, key: str) -> Scan | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def _remember(self, key: str, found: Scan) -> Scan:
        with self._lock:
            self._kept[key] = found
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return found


class HiddenTranscript(NamedTuple):
    """A transcript's text with pseudonyms, and what each string beside it became; see `Scan`."""

    text: Redacted
    beside: Mapping[str, Redacted]


class HiddenQuote(NamedTuple):
    """A quote, its words with pseudonyms, and what its speaker is called."""

    quote: CitedQuote
    text: Redacted
    speaker: str

    @property
    def seen(self) -> CitedQuote:
        words = {"text": self.text.text, "end": self.quote.start + len(self.text.text)}
        return self.quote.model_copy(update={**words, "interview_title": "", "speaker": self.speaker})

    def holds(self, quote: CitedQuote) -> bool:
        start = quote.start - self.quote.start
        if quote.interview_id != self.quote.interview_id or start < 0:
            return False
        return bool(quote.text) and self.text.text.startswith(quote.text, start)

    def led_back(self, quote: CitedQuote) -> CitedQuote:
        """Return what an engine quotes of it, in the words that were said."""
        start, end = self.text.to_raw(quote.start - self.quote.start, quote.end - self.quote.start)
        place = {"start": self.quote.start + start, "end": self.quote.start + end, "text": self.quote.text[start:end]}
        return self.quote.model_copy(update={**place, "status": quote.status})


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
        said = _texts_of(context)
        texts = self._hide_texts(said, self._scans.of_texts(said, names), transcript.language)
        seen = as_seen(transcript, hidden)
        analysis = self._engine.analyse(seen, _with_texts(context, [one.text for one in texts]), run)
        return _led_back(analysis, seen, hidden.text, transcript, self._originals())

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
        described = _told_of(voice)
        about = _texts_of(context)
        texts = [question, *(message.content for message in history), *described, *about]
        names = names_of(await asyncio.to_thread(self._pseudonyms.known))
        scans = await self._scans.of_texts_async(texts, names)
        language = language_of(question, "")
        asked, *said = await asyncio.to_thread(self._hide_texts, texts, scans, language)
        titles = await asyncio.to_thread(self._titles, passages, language)
        originals = await asyncio.to_thread(self._originals)
        shown = [_shown(passage, titles, *known[number]) for number, passage in enumerate(passages)]
        places = {
            (passage.interview_id, passage.turn): (passage, shown[number], known[number][0])
            for number, passage in enumerate(passages)
        }
        messages = [
            message.model_copy(update={"content": one.text}) for message, one in zip(history, said, strict=False)
        ]
        beside = [one.text for one in said[len(history) :]]
        seen = voice and _voice_with(voice, beside)
        told = _with_texts(context, beside[len(described) :])
        restoring = Restoring(originals)
        # Whoever stops reading here stops the engine, too.
        async with aclosing(self._engine.answer(asked.text, shown, messages, seen, told)) as parts:
            async for part in parts:
                if isinstance(part, Citation):
                    others = tuple(_cited(one, places, originals) for one in part.others)
                    yield Citation(n=part.n, quote=_cited(part.quote, places, originals), others=others)
                elif isinstance(part, Suggested):
                    yield Suggested(questions=tuple(restore(one, originals) for one in part.questions))
                elif isinstance(part, Tally | Usage):
                    yield part
                elif text := restoring.take(part.text):
                    yield Delta(text=text)
        if rest := restoring.end():
            yield Delta(text=rest)

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        hidden = self._hidden_quotes(quote for message in messages for quote in _quotes_of(message))
        texts = [conversation.title, *(message.content for message in messages)]
        scans = self._scans.of_texts(texts, names_of(self._pseudonyms.known()))
        title, *contents = self._hide_texts(texts, scans, language_of(" ".join(texts), ""))
        seen = [_seen_message(message, text.text, hidden) for message, text in zip(messages, contents, strict=True)]
        asked = conversation.model_copy(update={"title": title.text, "created_by": ""})
        made = self._engine.mind_map(asked, seen, run)
        return _map_in_own_words(made, hidden, self._originals())

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
            one.model_copy(update={"text": text, "quotes": _seen_quotes(one.quotes, hidden), "against": ()})
            for one, text in zip(portrait.traits, texts, strict=True)
        ]
        quotes = _seen_quotes(portrait.summary_quotes, hidden)
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
                quotes=tuple(hidden[_place(quote)].seen for quote in one.quotes),
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
        people = {person: n for n, person in enumerate(dict.fromkeys(map(_person, quotes)), start=1)}
        return {
            _place(quote): HiddenQuote(
                quote, texts[quote.interview_id].part(quote.start, quote.end), f"P{people[_person(quote)]}"
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
                _label(passage.speaker, again[passage.interview_id].beside),
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
        mapped = _mapped(self._pseudonyms.assign(wanted))
        return {title: mapped["title", title] for title in titles}


def hide(transcript: Transcript, found: Scan, pseudonyms: Pseudonyms, *, is_redacted: bool = False) -> HiddenTranscript:
    """Return the transcript's text, and what stands beside it, with the project's pseudonyms.

    Args:
        is_redacted: it was redacted before storage, so the project's pseudonyms in it are its own and stay.
    """
    known = pseudonyms.known()
    finds = _finds(transcript.text, found.finds, known, is_redacted)
    beside = {words: _finds(words, some, known, is_redacted) for words, some in found.beside.items()}
    wanted = [
        *_wanted(transcript.text, finds, transcript.language),
        *(one for words, some in beside.items() for one in _wanted(words, some, transcript.language)),
    ]
    mapped = _mapped(pseudonyms.assign(wanted))
    return HiddenTranscript(
        Redacted.of(transcript.text, finds, mapped),
        {words: Redacted.of(words, some, mapped) for words, some in beside.items()},
    )


def hide_texts(
    texts: Sequence[str], scans: Sequence[Scan], pseudonyms: Pseudonyms, language: str, *, is_redacted: bool = False
) -> list[Redacted]:
    """Return these texts with the project's pseudonyms; see `hide`."""
    known = pseudonyms.known()
    finds = [_finds(text, found.finds, known, is_redacted) for text, found in zip(texts, scans, strict=True)]
    wanted = [one for text, some in zip(texts, finds, strict=True) for one in _wanted(text, some, language)]
    mapped = _mapped(pseudonyms.assign(wanted))
    return [Redacted.of(text, some, mapped) for text, some in zip(texts, finds, strict=True)]


def names_of(known: Iterable[Pseudonym]) -> list[str]:
    """Return the people a project knows by name."""
    return [one.original for one in known if one.kind == "name"]


def _finds(text: str, found: Iterable[Find], known: Sequence[Pseudonym], is_redacted: bool) -> list[Find]:
    own = {one.pseudonym for one in known} if is_redacted else set()
    return with_names(text, (find for find in found if text[find.start : find.end] not in own), names_of(known))


def _wanted(text: str, finds: Iterable[Find], language: str) -> list[Original]:
    """Return an original for each find; of the ways in which somebody is written, the longest stands for all."""
    longest: dict[tuple[PrivateKind, str], str] = {}
    for find in finds:
        place = (find.kind, find.key)
        longest[place] = max(longest.get(place, ""), text[find.start : find.end], key=len)
    return [
        Original(kind=kind, key=key, original=original, word=word(kind, language))
        for (kind, key), original in longest.items()
    ]


def _mapped(known: Iterable[Pseudonym]) -> Mapped:
    return {(one.kind, one.key): one.pseudonym for one in known}


def _digest(transcript: Transcript) -> str:
    digest = hashlib.sha256(transcript.text.encode())
    for turn in transcript.turns:
        digest.update(f"\0{turn.start}\0{turn.end}\0{turn.speaker}".encode())
    beside = (transcript.metadata, transcript.remarks, [turn.codes for turn in transcript.turns])
    digest.update(repr(beside).encode())
    return digest.hexdigest()


def _label(speaker: str | None, beside: Mapping[str, Redacted]) -> str | None:
    return None if speaker is None else beside[speaker].text


def as_seen(transcript: Transcript, hidden: HiddenTranscript) -> Transcript:
    """Return the transcript as an engine over the network sees it; header facts, codes and remarks stay here."""
    text = hidden.text.text
    return Transcript(
        text=text,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        format=transcript.format,
        encoding=transcript.encoding,
        certainty=transcript.certainty,
        language=transcript.language,
        turns=tuple(_seen_turn(turn, hidden) for turn in transcript.turns),
    )


def _seen_turn(turn: Turn, hidden: HiddenTranscript) -> Turn:
    start, end = hidden.text.to_redacted(turn.start, turn.end)
    cues: list[Cue] = []
    for cue in turn.cues:
        first, last = hidden.text.to_redacted(cue.start, cue.end)
        # A pseudonym for what two cues share belongs to the first.
        first = max(first, cues[-1].end) if cues else first
        cues.append(Cue(start=first, end=last, time=cue.time, until=cue.until))
    return Turn(
        index=turn.index,
        speaker=_label(turn.speaker, hidden.beside),
        role=turn.role,
        text=hidden.text.text[start:end],
        start=start,
        end=end,
        time=turn.time,
        cues=tuple(cues),
    )


def _led_back(
    analysis: Analysis, seen: Transcript, hidden: Redacted, transcript: Transcript, originals: Mapping[str, str]
) -> Analysis:
    """Return the analysis in the transcript's own words; what nobody said is left out and counted."""
    restored = analysis.model_copy(
        update={
            **_in_own_words(analysis, originals),
            # It is the transcript's, never an engine's; see `admitting`.
            "session": None,
            "provenance": analysis.provenance.model_copy(update={"transcript_sha256": transcript.sha256}),
        }
    )
    before, behind = Gate(seen), Gate(transcript)

    def quoted(quote: Quote) -> Quote:
        checked = before.check(quote)
        if checked.status == "rejected":
            return checked
        start, end = hidden.to_raw(checked.start, checked.end)
        text = transcript.text[start:end]
        return behind.check(checked.model_copy(update={"start": start, "end": end, "text": text}))

    return sifted(restored, of_findings=quoted, of_summary=quoted, of_questions=quoted)


def _in_own_words(analysis: Analysis, originals: Mapping[str, str]) -> dict[str, object]:
    """Return everything that is text in an analysis, besides its quotes, with the originals."""

    def text(words: str) -> str:
        return restore(words, originals)

    def terms(known: Sequence[str]) -> tuple[str, ...]:
        return tuple(_term(term, originals) for term in known)

    quality = analysis.quality
    return {
        "summary": text(analysis.summary),
        "insights": tuple(
            one.model_copy(update={"text": text(one.text), "terms": terms(one.terms)}) for one in analysis.insights
        ),
        "profile": tuple(one.model_copy(update={"value": text(one.value)}) for one in analysis.profile),
        "sections": tuple(
            one.model_copy(update={"name": text(one.name), "terms": terms(one.terms)}) for one in analysis.sections
        ),
        "leading_questions": tuple(one.model_copy(update={"why": text(one.why)}) for one in analysis.leading_questions),
        "quality": quality
        and quality.model_copy(
            update={"reasons": tuple(one.model_copy(update={"text": text(one.text)}) for one in quality.reasons)}
        ),
        "how_might_we": tuple(one.model_copy(update={"text": text(one.text)}) for one in analysis.how_might_we),
    }


def _texts_of(context: Context) -> list[str]:
    """Return all that the context says, field by field."""
    return [text for _, told in context for text in ((told,) if isinstance(told, str) else told)]


def _with_texts(context: Context, texts: Sequence[str]) -> Context:
    """Return the context with these texts in place of its own, in the order of `_texts_of`."""
    left = iter(texts)
    return Context(
        **{name: next(left) if isinstance(told, str) else tuple(next(left) for _ in told) for name, told in context}
    )


def _told_of(voice: Voice | None) -> list[str]:
    """Return all that is told of who speaks: a persona is composed from what people said, names and all."""
    if voice is None:
        return []
    return [voice.label, voice.name, voice.title, voice.summary, *voice.pains, *voice.needs, *voice.insights]


def _voice_with(voice: Voice, texts: Sequence[str]) -> Voice:
    """Return the voice with these texts in place of its own, in the order of `_told_of`."""
    left = iter(texts)
    heads = {name: next(left) for name in ("label", "name", "title", "summary")}
    lists = {name: tuple(next(left) for _ in getattr(voice, name)) for name in ("pains", "needs", "insights")}
    return voice.model_copy(update={**heads, **lists})


def _term(term: str, originals: Mapping[str, str]) -> str:
    """Return a term with its original: word lists leave the brackets off and write it small."""
    bare = {pseudonym.strip("[]").casefold(): original.casefold() for pseudonym, original in originals.items()}
    return bare.get(term.strip("[]").casefold(), restore(term, originals))


def _shown(passage: Passage, titles: Mapping[str, str], text: Redacted, speaker: str | None) -> Passage:
    return passage.model_copy(
        update={"interview_title": titles[passage.interview_title], "speaker": speaker, "text": text.text}
    )


def _cited(
    quote: CitedQuote,
    places: Mapping[tuple[str, int], tuple[Passage, Passage, Redacted]],
    originals: Mapping[str, str],
) -> CitedQuote:
    """Return the citation with the passage's own words; one that stands in no passage is marked `rejected`."""
    found = places.get((quote.interview_id, quote.turn))
    if found is None:
        return quote.model_copy(update={"status": "rejected", "text": restore(quote.text, originals)})
    passage, shown, text = found
    checked = admitted_citation(quote, [shown])
    head = {"interview_title": passage.interview_title, "speaker": passage.speaker}
    if checked.status == "rejected":
        return quote.model_copy(update={**head, "status": "rejected", "text": restore(quote.text, originals)})
    start, end = text.to_raw(checked.start - shown.start, checked.end - shown.start)
    place = {"start": passage.start + start, "end": passage.start + end, "text": passage.text[start:end]}
    return checked.model_copy(update={**head, **place})


def _quotes_of(message: ChatMessage) -> Iterator[CitedQuote]:
    for citation in message.citations:
        yield citation.quote
        yield from citation.others


def _place(quote: CitedQuote) -> Place:
    return quote.interview_id, quote.start, quote.end


def _person(quote: CitedQuote) -> tuple[str, str | None]:
    return quote.interview_id, quote.speaker


def _seen_quotes(quotes: Iterable[CitedQuote], hidden: Mapping[Place, HiddenQuote]) -> tuple[CitedQuote, ...]:
    return tuple(hidden[_place(quote)].seen for quote in quotes)


def _seen_message(message: ChatMessage, content: str, hidden: Mapping[Place, HiddenQuote]) -> ChatMessage:
    citations = tuple(
        Citation(
            n=one.n,
            quote=hidden[_place(one.quote)].seen,
            others=tuple(hidden[_place(other)].seen for other in one.others),
        )
        for one in message.citations
    )
    return message.model_copy(
        update={"content": content, "citations": citations, "author": message.role, "questions": (), "note": ""}
    )


def _map_in_own_words(made: MindMap, hidden: Mapping[Place, HiddenQuote], originals: Mapping[str, str]) -> MindMap:
    """Return the map with the originals; an item whose quote is nobody's stays without one."""

    def text(words: str) -> str:
        return restore(words, originals)

    def item(one: MindMapItem) -> MindMapItem:
        quote = one.quote
        found = next((its for its in hidden.values() if quote and its.holds(quote)), None)
        return MindMapItem(
            content=text(one.content),
            quote=found.led_back(quote) if found and quote else None,
            relevance=text(one.relevance),
        )

    topics = tuple(
        topic.model_copy(
            update={
                "title": text(topic.title),
                "subtopics": tuple(
                    part.model_copy(update={"title": text(part.title), "items": tuple(map(item, part.items))})
                    for part in topic.subtopics
                ),
            }
        )
        for topic in made.topics
    )
    own = {name: text(getattr(made, name)) for name in ("title", "summary", "root", "subtitle")}
    return made.model_copy(update={**own, "topics": topics})
