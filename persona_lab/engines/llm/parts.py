"""One interview read part by part; each part that is paid for is kept, so that another attempt has it already."""

import hashlib
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from persona_lab.engines.base import Context, Run
from persona_lab.engines.language import language_of
from persona_lab.engines.llm import instructions, measuring, reading, shapes
from persona_lab.engines.llm.asking import CutOff, Meter, TooLong
from persona_lab.engines.llm.config import LlmConfig
from persona_lab.engines.llm.estimating import room
from persona_lab.engines.llm.sections import Line, lines_of, sections
from persona_lab.engines.workroom import Workroom
from persona_lab.errors import AnswerNotUnderstood, EngineRefused
from persona_lab.models import Analysis, Provenance, Transcript, Usage

if TYPE_CHECKING:
    from persona_lab.engines.llm.endpoint import Endpoint

Shape = TypeVar("Shape", bound=BaseModel)

# A section that was too long after all is read again in so many.
SMALLER = 4
# Of fewer tokens nothing can be made.
LEAST = 100


class Part(BaseModel):
    """A filled-in form as it is kept, with what it has cost."""

    report: str
    usage: Usage


class Interview:
    """One interview being read."""

    def __init__(
        self,
        transcript: Transcript,
        context: Context,
        run: Run,
        *,
        config: LlmConfig,
        endpoint: "Endpoint",
        meter: Meter,
        workroom: Workroom,
    ) -> None:
        self._transcript = transcript
        self._run = run
        self._config = config
        self._endpoint = endpoint
        self._meter = meter
        self._workroom = workroom
        self._context = context
        self._judge = reading.Judge(transcript, workroom)
        self._language = language_of(transcript.text, transcript.language)
        told = instructions.told("analyse", self._language)
        self._instructions = instructions.with_study(told, context, self._language)
        self._usage = Usage()

    async def analysis(self) -> Analysis:
        """Return what the interview says.

        Raises:
            EngineError: it could not be found out.
            AnswerNotUnderstood: nothing of what the model reported was said.
        """
        most = room(self._config, self._instructions)
        notes = [
            one for section in sections(lines_of(self._transcript, most), most) for one in await self._notes(section)
        ]
        if not any(notes):
            raise AnswerNotUnderstood(_nothing(notes))
        summary = await self._summary(notes)
        measured = self._workroom.run(measuring.measured, self._transcript, self._context)
        found = reading.collected(notes)
        return Analysis(
            language=self._transcript.language,
            summary=reading.in_sentences(summary),
            summary_quotes=tuple(dict.fromkeys(point.quotes[0] for point in summary)),
            insights=found.insights,
            profile=found.profile,
            how_might_we=found.how_might_we,
            sections=measured.sections,
            leading_questions=measured.leading_questions,
            quality=measured.quality,
            rejected_quotes=sum(one.rejected for one in notes),
            usage=self._usage + self._meter.lost,
            provenance=Provenance(
                engine="llm",
                model=self._config.model,
                prompt_hash=instructions.prompt_hash(),
                transcript_sha256=self._transcript.sha256,
                run_id=self._run.id,
            ),
        )

    async def _notes(self, section: Sequence[Line]) -> list[reading.Notes]:
        """Return what may be shown of a section; of its quarters, where it turns out to be too long."""
        try:
            return [await self._noted(section)]
        except TooLong:
            smaller = max(LEAST, sum(line.tokens for line in section) // SMALLER)
        found = []
        for quarter in sections([piece for line in section for piece in line.within(smaller)], smaller):
            try:
                found.append(await self._noted(quarter))
            except CutOff:
                raise AnswerNotUnderstood(CUT_OFF) from None
            except TooLong:
                raise EngineRefused(TOO_LONG) from None
        return found

    async def _noted(self, section: Sequence[Line]) -> reading.Notes:
        data = instructions.fenced((line.text for line in section), "TRANSCRIPT")
        key = self._key(shapes.Notes, self._instructions, data)
        kept = self._kept(shapes.Notes, key)
        if kept is not None:
            return self._judge.judge(kept)
        reported = await self._endpoint.fill_in(shapes.Notes, self._instructions, data, self._meter)
        notes = self._judge.judge(reported)
        # What is of no use is no use to another attempt either.
        if notes:
            self._keep(key, reported)
        return notes

    async def _summary(self, notes: Sequence[reading.Notes]) -> list[reading.Point]:
        """Return the points that summarise the interview: those of its only section, or the model's choice of all."""
        points = [point for one in notes for point in one.summary]
        points = points or [point for one in notes for point in one.findings]
        if len(notes) == 1 or len(points) <= reading.SUMMARY:
            return points[: reading.SUMMARY]
        told = instructions.told("summarise", self._language)
        data = instructions.fenced((f"{n} | {point.text}" for n, point in enumerate(points, start=1)), "POINTS")
        key = self._key(shapes.Chosen, told, data)
        chosen = self._kept(shapes.Chosen, key)
        if chosen is None:
            chosen = await self._endpoint.fill_in(shapes.Chosen, told, data, self._meter)
            self._keep(key, chosen)
        numbers = [n for n in dict.fromkeys(chosen.points) if 1 <= n <= len(points)]
        return [points[n - 1] for n in numbers[: reading.SUMMARY]] or points[: reading.SUMMARY]

    def _key(self, shape: type[BaseModel], told: str, data: str) -> str:
        """Return which part it is: by its input and instructions, so that it holds for no other."""
        form = json.dumps(shape.model_json_schema(), sort_keys=True)
        wanted = (self._config.model, form, told, data)
        return hashlib.sha256("\0".join(wanted).encode()).hexdigest()

    def _kept(self, shape: type[Shape], key: str) -> Shape | None:
        text = self._run.kept(key)
        if text is None:
            return None
        try:
            part = Part.model_validate_json(text)
            report = shape.model_validate_json(part.report)
        except ValidationError:
            return None
        self._usage += part.usage
        return report

    def _keep(self, key: str, report: BaseModel) -> None:
        usage = self._meter.take()
        self._usage += usage
        self._run.keep(key, Part(report=report.model_dump_json(), usage=usage).model_dump_json(), usage)


CUT_OFF = (
    "The language model's answer was cut off at its limit. Raise PERSONA_LAB_LLM_ANSWER_TOKENS, or use another model."
)
TOO_LONG = (
    "Even a quarter of a section of the transcript is too long for the language model. Set "
    "PERSONA_LAB_LLM_CONTEXT_TOKENS to what it can take, or give the server a larger context."
)


def _nothing(notes: Sequence[reading.Notes]) -> str:
    if any(one.rejected for one in notes):
        return "Nothing that the language model quoted was said in this interview. Use a more capable model."
    return "The language model reported nothing of this interview. Try again, or use a more capable model."
