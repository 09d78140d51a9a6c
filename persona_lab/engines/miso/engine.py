"""MISO as an engine: interviews go through its workflow app, questions to its interview agent.

Its instructions lie in the apps and can change there unseen; what is hashed is
what is sent with each call, and which installation it is sent to.
"""

import asyncio
import functools
import hashlib
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, suppress
from html import escape
from importlib.resources import files
from typing import Any, TypeVar

from persona_lab.engines.answering import mind_maps
from persona_lab.engines.answering.answers import composed
from persona_lab.engines.answering.conversing import talk_of
from persona_lab.engines.answering.summing_up import ranked
from persona_lab.engines.base import UNTOLD, Context, Portrayer, Run, Suggested, Tally
from persona_lab.engines.gate.citing import Anew, Citing
from persona_lab.engines.gate.presenting import presentable
from persona_lab.engines.language import language_of
from persona_lab.engines.miso import chat, knowledge, portraying, reading, workflow
from persona_lab.engines.miso.analysis import Part, analysis_of
from persona_lab.engines.miso.config import SETTINGS, App, Miso
from persona_lab.engines.miso.files import limits_of
from persona_lab.engines.miso.lines import lines_of, parts_of, text_of
from persona_lab.engines.miso.wire import Wire, connected
from persona_lab.engines.personas import portraits, wording
from persona_lab.engines.rules import Language
from persona_lab.engines.study import described
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood, EngineError, EngineKeyRefused
from persona_lab.models import (
    Analysis,
    ChatMessage,
    Citation,
    Conversation,
    Delta,
    Estimate,
    Fed,
    Insight,
    Message,
    MindMap,
    Passage,
    Portrait,
    Provenance,
    Summary,
    Transcript,
    Usage,
    Voice,
)

T = TypeVar("T")
# Raise it when other inputs are sent, or lines are numbered otherwise.
LAYOUT = "1"
# What the apps were seen to take where they don't say; inputs are cut to it. Characters.
USUAL_LIMITS = {"context": 50_000, "selected_interviewee": 50_000, "selected_persona": 50_000}
# Lists of names, which are cut between names. Characters.
USUAL_LIST = 5_000
# How long what an app says of its inputs is believed. Seconds.
PARAMETERS_LAST = 600.0
# Of the conversation before, so many messages are told again.
REMEMBERED = 6
LANGUAGES = ("en", "ko")
# The answer is there by then, and what might be asked next is not worth waiting for.
SUGGESTED_SECONDS = 1.5
AGENTS: tuple[App, ...] = ("agent", "interview")
# MISO says what a run took only afterwards. Assumed is what costs most: that each step of the workflow reads the
# whole transcript, and that one writes it anew. Tokens, per character and per step.
TOKENS_PER_CHARACTER = {"en": 0.35, "ko": 1.0}
NODES = 5
PROMPT_TOKENS = 1_500
REPORT_TOKENS = 2_000


def instructions(language: str) -> str:
    """Return what the interview agent is told beside the question."""
    return files(__package__).joinpath(f"instructions.{language}.txt").read_text(encoding="utf-8")


class MisoEngine:
    """Finds and answers by MISO's apps; see `workflow` and `chat`.

    All but `answer` wait for MISO, each in an event loop of its own: call them from a thread that has none.
    """

    name = "miso"
    model = "workflow"
    is_remote = True

    def __init__(self, miso: Miso, workroom: Workroom) -> None:
        self.settings = miso
        self._workroom = workroom
        told = [LAYOUT, miso.url, *map(instructions, LANGUAGES)]
        self.prompt_hash = hashlib.sha256("\0".join(told).encode()).hexdigest()[:12]
        shaping = [*told, portraits.MODEL, portraits.PROMPT_HASH, *portraying.KEYS.values(), str(portraying.FOLDED)]
        made_so = hashlib.sha256("\0".join(shaping).encode()).hexdigest()[:12]
        self.portrayer = Portrayer(self.name, self.model, made_so)
        self._known: dict[App, tuple[float, dict[str, int | None]]] = {}

    def analyse(self, transcript: Transcript, context: Context, run: Run) -> Analysis:
        parts = asyncio.run(self._found(transcript, context, run))
        provenance = Provenance(
            engine=self.name,
            model=self.model,
            prompt_hash=self.prompt_hash,
            transcript_sha256=transcript.sha256,
            run_id=run.id,
        )
        return analysis_of(parts, transcript, self._workroom, provenance)

    def estimate(self, transcripts: Iterable[Transcript], context: Context) -> Estimate:
        calls = read = written = 0
        for transcript in transcripts:
            most = _most(self._known.get("workflow", (0.0, {}))[1], "context")
            sent = [text_of(lines) for lines in parts_of(lines_of(transcript, most), most)]
            share = TOKENS_PER_CHARACTER.get(transcript.language, 1.0)
            calls += len(sent)
            written += sum(round(len(text) * share) + REPORT_TOKENS for text in sent)
            read += NODES * sum(round(len(text) * share) + PROMPT_TOKENS for text in sent)
        return Estimate(calls=calls, input_tokens=read, output_tokens=written)

    def check(self) -> str:
        return asyncio.run(self._checked())

    async def answer(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        voice: Voice | None = None,
        context: Context = UNTOLD,
    ) -> AsyncGenerator[Delta | Citation | Tally | Usage | Suggested]:
        language = language_of(question, "")
        ended: list[chat.Ended] = []
        if lead := composed(language, voice):
            yield Delta(text=lead)
        share = TOKENS_PER_CHARACTER.get(language, 1.0)
        yield (tally := Tally(lambda text: round(len(text) * share)))
        written = self._written(question, passages, history, language, voice, context, ended, tally)
        async with aclosing(written), aclosing(Citing(passages, language, self._workroom).cited(written)) as cited:
            async for part in cited:
                yield part
        for end in ended:
            yield end.usage
            yield Suggested(questions=await self._suggested(voice, end.message_id))

    def portray(self, portrait: Portrait, run: Run) -> Portrait:
        """Return the portrait as the workflow puts it, which makes a persona of one interview and folds in others."""
        if not wording.quotes_of(portrait):
            # There is nothing to write of, and nothing to pay for.
            return wording.written_by(portrait, self.portrayer)
        made = asyncio.run(self._synthesised(portrait, run))
        worded = self._workroom.run(portraying.portrait_of, portrait, made, self.portrayer)
        if worded is None:
            raise AnswerNotUnderstood(
                "Nothing that MISO wrote of this persona rests on what its people said. Try again."
            )
        return worded

    def mind_map(self, conversation: Conversation, messages: Sequence[ChatMessage], run: Run) -> MindMap:
        talk = talk_of(messages)
        if not talk.said:
            # There is nothing to group, and nothing to pay for.
            return mind_maps.framed(conversation, messages, talk, [], talk.language)
        cited = functools.partial(mind_maps.cited_words, cited=talk.citations)
        read = functools.partial(reading.mind_map_of, cited=cited)
        mapped, covered = asyncio.run(self._mapped(messages, run, read))
        topics = mind_maps.presented(mapped.topics)
        if not topics:
            raise AnswerNotUnderstood("MISO made a mind map of nothing that can be shown. Try again.")
        framed = mind_maps.framed(
            conversation,
            messages,
            talk_of(messages[-covered:]),
            topics,
            talk.language,
            engine=self.name,
            model=self.model,
            left_out=len(messages) - covered,
        )
        own = {"title": mapped.title, "summary": mapped.summary, "root": mapped.root}
        return framed.model_copy(update={name: shown for name, text in own.items() if (shown := presentable(text))})

    def summarise(self, insights: Sequence[Insight], run: Run) -> Summary:
        """Return what the workflow writes of the best supported findings, as many as it takes; it cites nothing."""
        made, told = asyncio.run(self._summed_up(ranked(insights), run))
        return Summary(text=made, findings=told, engine=self.name, model=self.model)

    async def _summed_up(self, insights: Sequence[Insight], run: Run) -> tuple[str, int]:
        async with connected(self.settings, "workflow") as wire:
            most = _most(await self._limits(wire), "context")
            told = [_told(one) for one in insights]
            while len(told) > 1 and len(_listed(told)) > most:
                told.pop()
            inputs = {"preprocess_type": "insight_summary", "context": _listed(told)[:most]}
            made, _ = await workflow.outputs(wire, inputs, run, read=reading.summary_of)
            return made, len(told)

    async def feed(self, project_id: str, insights: Sequence[Insight]) -> Fed:
        """Put a project's findings with their quotes into its knowledge base, in place of those from before.

        The base is the one in the settings, or else the project's own, which is made when there is none.

        Raises:
            EngineNotSetUp: the key isn't set.
            EngineKeyRefused: the key is wrong, or is for one base and that isn't set.
            EngineError: MISO could not take or index them.
        """
        async with connected(self.settings, "knowledge") as wire:
            base = self.settings.knowledge_base or await knowledge.base_called(wire, f"persona_lab {project_id}")
            document = await knowledge.feed(wire, base, f"findings {project_id}", insights)
        quotes = sum(len(one.quotes) for one in insights)
        return Fed(base=base, document=document.id, findings=len(insights), quotes=quotes, redaction="off")

    async def _written(
        self,
        question: str,
        passages: Sequence[Passage],
        history: Sequence[Message],
        language: Language,
        voice: Voice | None,
        context: Context,
        ended: list[chat.Ended],
        tally: Tally,
    ) -> AsyncGenerator[str | Anew]:
        """Yield what an agent writes; how it ended goes into `ended`. Without passages nobody is asked."""
        if not passages:
            return
        evidence = _numbered(passages)
        async with connected(self.settings, self._agent(voice)) as wire:
            inputs = await self._chat_inputs(wire, _persona_inputs(voice) if voice else _evidence_inputs(evidence))
            query = _query(question, evidence, history, language, context)
            sent = "\n".join([query, *inputs.values()])
            async with aclosing(chat.talk(wire, query, inputs=inputs)) as told:
                async for part in told:
                    tally.count(sent, part.text if isinstance(part, chat.Added | chat.Replaced) else "")
                    if isinstance(part, chat.Added):
                        yield part.text
                    elif isinstance(part, chat.Replaced):
                        yield Anew(part.text)
                    elif isinstance(part, chat.Ended):
                        ended.append(part)

    def _agent(self, voice: Voice | None) -> App:
        """Return who answers: a persona's voice is the persona agent's, where its key is set."""
        return "agent" if voice and self.settings.has("agent") else "interview"

    async def _suggested(self, voice: Voice | None, message_id: str) -> tuple[str, ...]:
        """Return what the agent would ask next; nothing where it doesn't say so soon."""
        with suppress(EngineError, TimeoutError):
            async with asyncio.timeout(SUGGESTED_SECONDS), connected(self.settings, self._agent(voice)) as wire:
                return await chat.suggested_questions(wire, message_id)
        return ()

    async def _checked(self) -> str:
        async with connected(self.settings, "workflow") as wire:
            limits = await limits_of(wire)
        for app in AGENTS:
            if self.settings.has(app):
                async with connected(self.settings, app) as wire:
                    await limits_of(wire)
        there = ", ".join(app for app in SETTINGS if self.settings.has(app))
        missing = ", ".join(SETTINGS[app] for app in SETTINGS if not self.settings.has(app))
        told = f"MISO answers; keys are set for: {there}."
        if limits and "context" not in limits:
            told += (
                " The workflow app has no input called context, so it may be another app than the interview analysis."
            )
        return told + (f" Not set: {missing}." if missing else "")

    async def _found(self, transcript: Transcript, context: Context, run: Run) -> list[Part]:
        """Return what the app finds in each part; names that one part was given are known to the next."""
        found: list[Part] = []
        async with connected(self.settings, "workflow") as wire:
            limits = await self._limits(wire)
            most = _most(limits, "context")
            for lines in parts_of(lines_of(transcript, most), most):
                inputs = _interview_inputs(text_of(lines), context, [part.found for part in found])
                cut = {name: _cut(name, text, limits) for name, text in inputs.items()}
                found.append(Part(lines, *await workflow.outputs(wire, cut, run, read=reading.interview_of)))
        return found

    async def _synthesised(self, portrait: Portrait, run: Run) -> reading.Synthesis:
        """Return the persona as it is once the last of its interviews was folded in."""
        made = reading.Synthesis()
        async with connected(self.settings, "workflow") as wire:
            limits = await self._limits(wire)
            told = portraying.interviewees(portrait, _most(limits, "selected_interviewee"))
            for one in told:
                inputs = {
                    "preprocess_type": "persona",
                    "selected_interviewee": one,
                    "selected_persona": portraying.as_persona(made, _most(limits, "selected_persona")),
                    "active_generate_image": "false",
                }
                made, _ = await workflow.outputs(wire, inputs, run, read=reading.persona_of)
        return made

    async def _mapped(
        self, messages: Sequence[ChatMessage], run: Run, read: Callable[[Any], MindMap]
    ) -> tuple[MindMap, int]:
        """Return the map of the newest messages, as many as the app takes, and how many that are."""
        async with connected(self.settings, "workflow") as wire:
            most = _most(await self._limits(wire), "context")
            lines = _conversation(messages, most)
            inputs = {"preprocess_type": "mindmap", "context": "\n".join(lines)[:most]}
            made, _ = await workflow.outputs(wire, inputs, run, read=read)
            return made, len(lines)

    async def _limits(self, wire: Wire) -> dict[str, int | None]:
        """Return what the app says of its inputs; nothing where it says nothing.

        Raises:
            EngineKeyRefused: the key is wrong, which is better known before something is paid for.
        """
        at, known = self._known.get(wire.app, (0.0, {}))
        if at and time.monotonic() - at < PARAMETERS_LAST:
            return known
        try:
            known = await limits_of(wire)
        except EngineKeyRefused:
            raise
        except EngineError:
            return {}
        self._known[wire.app] = (time.monotonic(), known)
        return known

    async def _chat_inputs(self, wire: Wire, wanted: Mapping[str, str]) -> dict[str, str]:
        """Return the agent's own inputs, with as much of each as it takes."""
        limits = await self._limits(wire)
        return {name: text[: limits.get(name) or None] for name, text in wanted.items() if not limits or name in limits}


def _evidence_inputs(evidence: str) -> dict[str, str]:
    return {"selected_context": evidence, "full_context": evidence}


def _persona_inputs(voice: Voice) -> dict[str, str]:
    """Return who the persona agent is to speak as."""
    return {
        "persona_title": voice.title or voice.name or voice.label,
        "persona_description": voice.summary,
        "interview_insights": "\n".join(voice.insights),
        "pain_points": ", ".join(f'"{one}"' for one in voice.pains),
        "needs": ", ".join(f'"{one}"' for one in voice.needs),
    }


def _interview_inputs(text: str, context: Context, before: Sequence[reading.Interviewed]) -> dict[str, str]:
    """Return the interview analysis's inputs, all of them text."""
    sections = [*context.sections, *(one.name for found in before for one in found.sections)]
    takeaways = [*context.takeaways, *(text for found in before for text in found.takeaways)]
    info = [context.company_info, *([", ".join(context.glossary)] if context.glossary else [])]
    objective = [context.purpose, context.method]
    return {
        "preprocess_type": "interview",
        "context": text,
        "company_name": context.company,
        "company_info": "\n".join(filter(None, info)),
        "interview_objective": "\n".join(filter(None, objective)),
        "target_audience": context.audience,
        "interview_sections": ", ".join(dict.fromkeys(sections)),
        "key_takeaways": ", ".join(dict.fromkeys(takeaways)),
    }


def _conversation(messages: Sequence[ChatMessage], most: int) -> list[str]:
    """Return the newest messages that fit into so many characters, oldest first; one at least."""
    lines: list[str] = []
    left = most
    for message in reversed(messages):
        line = f"{'Q' if message.role == 'user' else 'A'}: {' '.join(message.content.split())}"
        left -= len(line) + 1
        if left < 0 and lines:
            break
        lines.insert(0, line)
    return lines


def _listed(told: Sequence[str]) -> str:
    return "<insights>\n" + "\n".join(told) + "\n</insights>"


def _told(insight: Insight) -> str:
    """Return a finding in marks, as the app's summary takes them; nothing in it can end one."""
    quotes = "".join(f"<quote>{escape(' '.join(one.text.split()), quote=False)}</quote>" for one in insight.quotes[:3])
    support = f'support="{insight.support}" participants="{insight.participants}"'
    text = escape(" ".join(insight.text.split()), quote=False)
    return f'<insight type="{insight.kind}" {support}><text>{text}</text>{quotes}</insight>'


def _most(limits: Mapping[str, int | None], name: str) -> int:
    return limits.get(name) or USUAL_LIMITS.get(name, USUAL_LIST)


def _cut(name: str, text: str, limits: Mapping[str, int | None]) -> str:
    """Return as much of an input as the app takes, lists of names cut between names."""
    most = _most(limits, name)
    if name == "context" or len(text) <= most:
        return text
    return text[:most].rpartition(", ")[0] or text[:most]


def _numbered(passages: Sequence[Passage]) -> str:
    """Return the passages as numbered lines; what looks like a number's mark within them is none."""
    return "\n".join(f"[{n}] {_shown(passage)}" for n, passage in enumerate(passages, start=1))


def _shown(passage: Passage) -> str:
    who = passage.speaker or passage.role
    said = f"{who} ({passage.role}, {passage.interview_title}): {passage.text}"
    return " ".join(_without_marks(said).split())


def _without_marks(text: str) -> str:
    return reading.NUMBER_MARK.sub(r"(\1)", text)


def _query(question: str, evidence: str, history: Sequence[Message], language: Language, context: Context) -> str:
    before = [
        f"{message.role}: {' '.join(_without_marks(message.content).split())}" for message in history[-REMEMBERED:]
    ]
    words = ("발췌", "앞의 대화", "질문") if language == "ko" else ("Passages", "Conversation so far", "Question")
    blocks = [instructions(language).strip()]
    if told := described(context, language):
        blocks.append(_without_marks(told))
    blocks.append(f"{words[0]}:\n{evidence}")
    if before:
        blocks.append(f"{words[1]}:\n" + "\n".join(before))
    return "\n\n".join([*blocks, f"{words[2]}: {question}"])
