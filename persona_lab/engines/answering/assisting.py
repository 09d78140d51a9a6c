"""What an analyst asks of one interview again and again: its key points, its findings, what to do, what to ask next.

Made of the analysis and of the transcript alone. Each sentence cites the words it rests on, or says what isn't in
the interview.
"""

import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from persona_lab.engines.analysing.cues import is_small_talk
from persona_lab.engines.analysing.findings import participant_turns
from persona_lab.engines.answering.conversing import shortened
from persona_lab.engines.answering.numbering import Numbering
from persona_lab.engines.answering.suggesting import spread, topic
from persona_lab.engines.base import Context
from persona_lab.engines.gate.quotes import slice_of
from persona_lab.engines.language import generic_terms, language_of, read, terms, weak_terms, written
from persona_lab.engines.rules import Language, any_of, parts
from persona_lab.models import (
    KINDS,
    Action,
    Analysis,
    Citation,
    CitedQuote,
    Delta,
    Finding,
    Insight,
    Kind,
    Quote,
    TraitName,
    Transcript,
    Turn,
)

Part = Delta | Citation

# So many findings of a kind, and quotes of a finding, are shown.
OF_A_KIND = 5
QUOTES = 2
# So much is proposed of each sort.
ACTIONS = 4
EACH = 2
QUESTIONS = 5
# An answer of no more words than this is short. Korean says the same in fewer.
SHORT: Final[Mapping[Language, int]] = {"en": 8, "ko": 4}
QUOTED_LETTERS = 160
# A measure of quality below this is worth a remark.
LOW = 0.5
BULLETS = "*•·–- "

FRAMES: Final[dict[Language, dict[str, str]]] = {
    "en": {
        "summary": "Key points of the interview:",
        "profile": "What they say of themselves:",
        "no-summary": "The interview holds nothing that sums it up.",
        "pain": "What gets in the way:",
        "need": "What they ask for:",
        "takeaway": "What else matters:",
        "no-pain": "No pain is found in this interview.",
        "no-need": "No need is found in this interview.",
        "no-takeaway": "No takeaway is found in this interview.",
        "explore": "Explore: {text}",
        "offer": "Look for a way to give them what they ask for: {text}",
        "check": "Find out whether this gets in others' way too: {text}",
        "no-actions": "No pain or need is found in this interview that one could act on.",
        "questions": "To ask next time:",
        "purpose": "What can you tell me about “{word}”? (The study asks about it; no participant uses the word.)",
        "obstacle": "You said: {text} What keeps you from having that today? (No obstacle is told of.)",
        "instead": "You said: {text} What do you do today instead? (It isn't said there.)",
        "neither": "You said: {text} How often does that happen, and what follows from it? (Neither is said there.)",
        "often": "You said: {text} How often does that happen? (It isn't said there.)",
        "follows": "You said: {text} What followed from it the last time? (It isn't said there.)",
        "others": "Others speak of {topic}: {text} How is that for you? (It didn't come up in this interview.)",
        "short": "You answered {text} when asked {question} Could you tell me more about that? (Nobody asked further.)",
        "leading": "Ask this again in open words: {text} {why}",
        "low": "How this interview was led: {text}",
        "no-questions": "As far as its words tell, this interview leaves nothing open.",
    },
    "ko": {
        "summary": "인터뷰의 핵심:",
        "profile": "자신에 대해 말한 것:",
        "no-summary": "이 인터뷰에는 요약할 만한 내용이 없습니다.",
        "pain": "불편한 점:",
        "need": "바라는 점:",
        "takeaway": "그 밖에 중요한 점:",
        "no-pain": "이 인터뷰에서는 불편한 점을 찾지 못했습니다.",
        "no-need": "이 인터뷰에서는 바라는 점을 찾지 못했습니다.",
        "no-takeaway": "이 인터뷰에서는 그 밖의 중요한 점을 찾지 못했습니다.",
        "explore": "함께 풀어 볼 질문: {text}",
        "offer": "바라는 것을 이룰 방법 찾기: {text}",
        "check": "다른 사람도 같은 불편을 겪는지 확인하기: {text}",
        "no-actions": "이 인터뷰에는 바로 행동으로 옮길 불편이나 바람이 없습니다.",
        "questions": "다음에 물어볼 것:",
        "purpose": "“{word}”에 관해 말씀해 주시겠어요? (연구 목적에 있지만 이 인터뷰의 참여자는 쓰지 않은 말입니다.)",
        "obstacle": "{text} 이렇게 말씀하셨는데, 지금은 무엇이 걸림돌인가요? (걸림돌 이야기는 없습니다.)",
        "instead": "{text} 이렇게 말씀하셨는데, 지금은 대신 어떻게 하고 계신가요? (거기서 말하지 않았습니다.)",
        "neither": "{text} 이 일은 얼마나 자주 있고, 그러면 어떻게 되나요? (거기서 말하지 않았습니다.)",
        "often": "{text} 이 일은 얼마나 자주 있나요? (거기서 말하지 않았습니다.)",
        "follows": "{text} 지난번에는 그래서 어떻게 되었나요? (거기서 말하지 않았습니다.)",
        "others": "다른 참여자는 {topic} 이야기를 합니다: {text} 이 점은 어떠세요? (여기서는 나오지 않았습니다.)",
        "short": "{question} 이 질문에 {text} 짧게 답하셨는데, 더 말씀해 주시겠어요? (그냥 넘어갔습니다.)",
        "leading": "열린 질문으로 다시 묻기: {text} {why}",
        "low": "인터뷰 진행: {text}",
        "no-questions": "말한 내용으로 보면 이 인터뷰에는 더 물을 것이 남아 있지 않습니다.",
    },
}
TRAITS: Final[dict[Language, dict[TraitName, str]]] = {
    "en": {
        "age": "Age",
        "job": "Job",
        "experience": "Experience",
        "place": "Place",
        "family": "Family",
        "tools": "Tools",
        "habit": "Habit",
    },
    "ko": {
        "age": "나이",
        "job": "직업",
        "experience": "경력",
        "place": "장소",
        "family": "가족",
        "tools": "도구",
        "habit": "습관",
    },
}


def assist(
    action: Action,
    analysis: Analysis,
    transcript: Transcript,
    context: Context,
    *,
    interview_id: str = "",
    interview_title: str = "",
    insights: Sequence[Insight] = (),
) -> list[Part]:
    """Return the text with its citations; the same interview, the same text.

    It needs the language models, so call it in the workroom.

    Args:
        action: `summary`, `insights` (by kind), `actions` (what to do) or `questions` (what is left open).
        interview_id: which interview it is, for its citations.
        insights: what is found in the project's interviews, to ask for what others speak of.
    """
    assistant = _Assistant(analysis, transcript, context, interview_id, interview_title, insights)
    make: dict[Action, Callable[[], Iterator[Part]]] = {
        "summary": assistant.summary,
        "insights": assistant.insights,
        "actions": assistant.actions,
        "questions": assistant.questions,
    }
    return list(make[action]())


class _Assistant:
    """One text about one interview."""

    def __init__(
        self,
        analysis: Analysis,
        transcript: Transcript,
        context: Context,
        interview_id: str,
        interview_title: str,
        project: Sequence[Insight],
    ) -> None:
        self._analysis = analysis
        self._transcript = transcript
        self._context = context
        self._project = project
        self._head = {"interview_id": interview_id, "interview_title": interview_title}
        self._language: Language = "ko" if transcript.language == "ko" else "en"
        self._frames = FRAMES[self._language]
        self._numbering = Numbering()

    def summary(self) -> Iterator[Part]:
        analysis = self._analysis
        if not analysis.summary_quotes:
            yield Delta(text=self._frames["no-summary"])
            return
        yield Delta(text=f"{self._frames['summary']}\n")
        said = [" ".join(quote.text.split()) for quote in analysis.summary_quotes]
        if analysis.summary == " ".join(said):
            for text, quote in zip(said, analysis.summary_quotes, strict=True):
                yield from self._line(f"“{text.lstrip(BULLETS)}”", [quote])
        else:
            yield from self._line(analysis.summary, analysis.summary_quotes)
        if analysis.profile:
            yield Delta(text=f"\n\n{self._frames['profile']}\n")
        for trait in analysis.profile:
            name = TRAITS[self._language][trait.name]
            yield from self._line(f"{name}: {trait.value}", trait.quotes[:QUOTES])

    def insights(self) -> Iterator[Part]:
        for kind in KINDS:
            found = self._best(kind)
            gap = "" if kind == KINDS[0] else "\n\n"
            yield Delta(text=f"{gap}{self._frames[kind]}\n" if found else f"{gap}{self._frames[f'no-{kind}']}")
            for finding in found[:OF_A_KIND]:
                yield from self._line(finding.text, finding.quotes[:QUOTES])

    def actions(self) -> Iterator[Part]:
        findings = self._analysis.insights
        lines: list[tuple[str, Sequence[Quote]]] = []
        taken: set[int] = set()
        for question in self._analysis.how_might_we:
            rests_on = [findings[number].quotes[0] for number in question.findings]
            lines.append((self._frames["explore"].format(text=question.text), rests_on))
            taken.update(question.findings)
        rest = [one for number, one in enumerate(findings) if number not in taken]
        frames: tuple[tuple[Kind, str], ...] = (("need", "offer"), ("pain", "check"))
        for kind, frame in frames:
            best = sorted((one for one in rest if one.kind == kind), key=lambda one: -one.score)[:EACH]
            lines += [(self._frames[frame].format(text=_sentence(one.text)), one.quotes[:1]) for one in best]
        if not lines:
            yield Delta(text=self._frames["no-actions"])
        for number, (text, quotes) in enumerate(lines[: ACTIONS + EACH]):
            yield from self._line(text, quotes, gap="" if number == 0 else "\n")

    def questions(self) -> Iterator[Part]:
        lines = self._open()
        low = self._low()
        if not lines and not low:
            yield Delta(text=self._frames["no-questions"])
            return
        if lines:
            yield Delta(text=f"{self._frames['questions']}\n")
        for text, quotes in lines:
            yield from self._line(text, quotes)
        for number, text in enumerate(low):
            gap = "\n\n" if lines and not number else "\n" if number else ""
            yield Delta(text=f"{gap}{self._frames['low'].format(text=text)}")

    def _open(self) -> list[tuple[str, Sequence[Quote]]]:
        """Return what the interview left open, each with the words that show it: something of each sort first."""
        sorts = [list(some)[:EACH] for some in self._sorts()]
        chosen = [(place, sort) for place in range(EACH) for sort, some in enumerate(sorts) if place < len(some)]
        return [sorts[sort][place] for place, sort in sorted(chosen[:QUESTIONS], key=lambda one: (one[1], one[0]))]

    def _sorts(self) -> Iterator[Iterator[tuple[str, Sequence[Quote]]]]:
        yield ((self._frames["purpose"].format(word=word), ()) for word in self._unspoken())
        yield self._of_short_answers()
        yield self._of_needs()
        yield self._of_pains()
        yield self._of_others()
        yield (
            (self._frames["leading"].format(text=self._shown(leading.quote), why=leading.why), [leading.quote])
            for leading in self._analysis.leading_questions
        )

    def _of_short_answers(self) -> Iterator[tuple[str, Sequence[Quote]]]:
        for question, answer in self._short_answers():
            asked, said = self._whole(question), self._whole(answer)
            yield self._frames["short"].format(text=self._shown(said), question=self._shown(asked)), [said, asked]

    def _of_needs(self) -> Iterator[tuple[str, Sequence[Quote]]]:
        alone = self._without_obstacle()
        for need in alone:
            yield self._frames["obstacle"].format(text=self._shown(need.quotes[0])), need.quotes[:1]
        for need in self._best("need"):
            if need not in alone and not open_ends(self._language)["today"].search(self._around(need)):
                yield self._frames["instead"].format(text=self._shown(need.quotes[0])), need.quotes[:1]

    def _of_pains(self) -> Iterator[tuple[str, Sequence[Quote]]]:
        """Yield the pains of which it isn't told how often they happen, or what follows from them."""
        known = open_ends(self._language)
        for pain in self._best("pain"):
            said = self._around(pain)
            missing = [name for name in ("often", "follows") if not known[name].search(said)]
            if missing:
                frame = "neither" if len(missing) > 1 else missing[0]
                yield self._frames[frame].format(text=self._shown(pain.quotes[0])), pain.quotes[:1]

    def _of_others(self) -> Iterator[tuple[str, Sequence[Quote]]]:
        """Yield what participants of other interviews speak of and nobody does in this one."""
        spoken = {term for turn in self._transcript.turns for term in terms(turn.text, self._language)}
        own = self._head["interview_id"]
        found: list[tuple[int, int, str, Insight]] = []
        for insight in self._project:
            is_theirs = all(quote.interview_id != own for quote in insight.quotes)
            if insight.is_rejected or insight.kind == "takeaway" or not (is_theirs and insight.quotes):
                continue
            if language_of(insight.text, self._language) == self._language:
                about = topic(insight, frozenset(), self._language)
                if about and not spoken & set(terms(about, self._language)):
                    found.append((-insight.support, -spread(about, self._project), about, insight))
        taken: set[str] = set()
        for _, _, about, insight in sorted(found, key=lambda one: (*one[:3], one[3].text)):
            if about not in taken:
                taken.add(about)
                text = self._shown(insight.quotes[0])
                yield self._frames["others"].format(topic=about, text=text), insight.quotes[:1]

    def _around(self, finding: Finding) -> str:
        """Return the turns that the finding rests on, in small letters: what is told of it is told there."""
        return " ".join(self._transcript.turns[quote.turn].text.lower() for quote in finding.quotes)

    def _unspoken(self) -> list[str]:
        """Return the words of the study's purpose that no participant says."""
        purpose = self._context.purpose
        if language_of(purpose, self._language) != self._language:
            return []
        turns = participant_turns(self._transcript)
        said = {term for turn in turns for term in terms(turn.text, self._language)}
        wanted = dict.fromkeys(terms(purpose, self._language))
        known = generic_terms(self._language) | weak_terms(self._language)
        missing = [term for term in wanted if term not in known and not any(word.startswith(term) for word in said)]
        # A Korean verb in dictionary form names nothing that one could ask about.
        shown = written([term for term in missing if not (self._language == "ko" and term.endswith("다"))], [purpose])
        return list(shown.values())

    def _without_obstacle(self) -> list[Finding]:
        """Return the needs of which no pain says what stands in their way."""
        findings = self._analysis.insights
        opened = {number for one in self._analysis.how_might_we if len(one.findings) > 1 for number in one.findings}
        hard = {term for one in findings if one.kind == "pain" for term in one.terms} - generic_terms(self._language)
        alone = [
            one
            for number, one in enumerate(findings)
            if one.kind == "need" and number not in opened and not hard & set(one.terms)
        ]
        return sorted(alone, key=lambda one: -one.score)

    def _short_answers(self) -> Iterator[tuple[Turn, Turn]]:
        """Yield questions with short answers that say something and are not taken up by what is asked next."""
        turns = self._transcript.turns
        for question, answer in pairwise(turns):
            if question.role != "interviewer" or answer.role != "participant":
                continue
            following = next((turn for turn in turns[answer.index + 1 :] if turn.role == "interviewer"), None)
            if following is not None and self._is_passed_over(answer, following):
                yield question, answer

    def _is_passed_over(self, answer: Turn, following: Turn) -> bool:
        goes_on = self._transcript.turns[answer.index + 1 : following.index]
        if goes_on or len(answer.text.split()) > SHORT[self._language]:
            return False
        sentences = read(answer.text, self._language)
        said = {term for sentence in sentences for term in sentence.terms} - generic_terms(self._language)
        if not said or any(is_small_talk(sentence) for sentence in sentences):
            return False
        return not said & set(terms(following.text, self._language))

    def _low(self) -> list[str]:
        quality = self._analysis.quality
        reasons = quality.reasons if quality else ()
        left_open = ("follow_ups", "coverage")
        return [reason.text for reason in reasons if reason.level < LOW and reason.measure in left_open]

    def _best(self, kind: Kind) -> list[Finding]:
        return sorted((one for one in self._analysis.insights if one.kind == kind), key=lambda one: -one.score)

    def _line(self, text: str, quotes: Sequence[Quote], *, gap: str = "\n") -> Iterator[Part]:
        yield Delta(text=gap)
        if quotes:
            yield from self._numbering.cited(f"- {text}", [self._cited(quote) for quote in quotes])
        else:
            yield Delta(text=f"- {text}")

    def _cited(self, quote: Quote) -> CitedQuote:
        if isinstance(quote, CitedQuote):
            return quote
        speaker = self._transcript.turns[quote.turn].speaker
        return CitedQuote(**quote.model_dump(), **self._head, speaker=speaker)

    def _whole(self, turn: Turn) -> Quote:
        return slice_of(self._transcript, turn, 0, len(turn.text))

    def _shown(self, quote: Quote) -> str:
        return f"“{shortened(' '.join(quote.text.split()), QUOTED_LETTERS)}”"


@functools.cache
def open_ends(language: Language) -> dict[str, re.Pattern[str]]:
    """Return how people tell how often something happens, what follows from it, and what they do today."""
    known = parts(f"{language}.questions.txt")
    return {name: any_of(known[name]) for name in ("often", "follows", "today")}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."
