"""What people say of insights, laid over what was merged: merge, split, rename, pin, reject.

A judgement holds on to evidence and not to an insight: to places in transcripts
(its anchors), each of which leads to the finding that quotes it now, one of the
same kind before others. So it outlives new numbers, new wordings, another order
of uploading, and other findings that come or go. Judgements are laid over the
merged insights in the order in which they were made, so of two that contradict
each other the newer one holds:

* merge: the findings at `anchors` and `others`, with the insights that most of either are in, are one
  insight. Its kind is the first one's, and its name is `text`.
* split: no finding at `anchors` is in one insight with a finding at `others`. Where they are in one, those
  at `anchors` become an insight of their own, called `text` if one was given; what nobody judged stays with `others`.
* rename: the insight that most of the findings are in is called `text`.
* pin: the insights the findings are in are pinned. When none of the anchors leads to a finding any more, the insight
  is shown all the same, with the anchors as its quotes, as one that is not found.
* reject: the insights that the findings make up are rejected; a later pin or merge takes that back.

A name or a rejection holds for an insight when at least half of its findings are
covered, not counting findings in interviews that were uploaded after the judgement:
they had no part in it. So a finding that was rejected by itself can't take a larger
insight with it that it is later merged into, and one that was rejected stays so
when more people say the same.

A judgement whose evidence is gone rests, and works again when the evidence is
back. One that is undone leaves nothing behind: all is laid over anew.
"""

import functools
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from typing import NamedTuple

from persona_lab.engines.merging import merge
from persona_lab.engines.merging.merge import Words
from persona_lab.engines.merging.opposing import nearest
from persona_lab.models import (
    KINDS,
    Analysis,
    Anchor,
    CitedQuote,
    Finding,
    Insight,
    InsightMember,
    Interview,
    Judgement,
    Kind,
    Quote,
    Related,
)


class Evidence(NamedTuple):
    """The findings of each completed interview, and its number in the order of uploading."""

    findings: Mapping[str, Sequence[Finding]]
    numbers: Mapping[str, int]


def evidence(analyses: Mapping[str, Analysis], interviews: Iterable[Interview]) -> Evidence:
    """Return the evidence that analyses hold, as far as their interviews are there."""
    numbers = {interview.id: interview.number for interview in interviews if interview.id in analyses}
    return Evidence({key: analyses[key].insights for key in numbers}, numbers)


class _Group:
    """An insight in the making: the merged one it goes on from, and the findings that are in it."""

    def __init__(self, insight: Insight, members: Iterable[InsightMember], *, is_changed: bool = False) -> None:
        self.insight = insight
        self.members = set(members)
        self.is_changed = is_changed
        self.name: str | None = None
        self.is_pinned = self.is_rejected = False
        self.judgements: dict[str, None] = {}
        self.contradictions = list(insight.contradictions)


def judged(merged: Sequence[Insight], judgements: Sequence[Judgement], evidence: Evidence) -> list[Insight]:
    """Return the insights as people have judged them, in the order of merged ones."""
    if not judgements:
        return list(merged)
    laid = _Laid(merged, sorted(judgements, key=lambda one: one.number), evidence)
    return sorted(laid.insights(), key=order)


def named(insight_id: str, shown: Sequence[Insight], evidence: Evidence) -> Insight | None:
    """Return the insight of that id, or else the one that holds the finding which an insight of that id is named after.

    So an id of before still leads to what the finding is part of now.
    """
    exact = next((one for one in shown if one.id == insight_id), None)
    if exact is not None:
        return exact
    homes = {member: insight for insight in shown for member in insight.members}
    for interview_id, findings in evidence.findings.items():
        for number, finding in enumerate(findings):
            member = InsightMember(interview_id=interview_id, finding=number)
            if member in homes and merge.insight_id(finding.kind, finding.text) == insight_id:
                return homes[member]
    return None


def holding(anchors: Sequence[Anchor], shown: Sequence[Insight], evidence: Evidence) -> Insight | None:
    """Return the insight that most of the findings at these places are in now, None where they are in none."""
    places = _Places(evidence, {one.interview_id for one in anchors})
    homes = {member: insight for insight in shown for member in insight.members}
    found = {member for one in anchors if (member := places.at(one)) is not None and member in homes}
    counts = Counter(homes[member].id for member in sorted(found, key=_place))
    most = counts.most_common(1)
    return next((one for one in shown if one.id == most[0][0]), None) if most else None


def anchors(insight: Insight, evidence: Evidence) -> dict[InsightMember, list[Anchor]]:
    """Return the places an insight rests on, by finding; of one that is not found, under numbers below zero."""
    held: dict[InsightMember, list[Anchor]] = {}
    for number, quote in enumerate(insight.quotes, start=1):
        member = InsightMember(interview_id=quote.interview_id, finding=-number)
        held[member] = [Anchor(kind=insight.kind, **quote.model_dump())]
    for member in insight.members:
        findings = evidence.findings.get(member.interview_id, ())
        if member.finding < len(findings):
            finding = findings[member.finding]
            held[member] = [
                Anchor(kind=finding.kind, interview_id=member.interview_id, **quote.model_dump())
                for quote in finding.quotes
            ]
    return held


def order(insight: Insight) -> tuple[object, ...]:
    """Return by what insights are sorted."""
    return KINDS.index(insight.kind), -len(insight.members), -insight.score, insight.text, insight.id


class _Laid:
    """The merged insights with judgements laid over them, one after the other."""

    def __init__(self, merged: Sequence[Insight], judgements: Sequence[Judgement], evidence: Evidence) -> None:
        self._evidence = evidence
        self._judgements = judgements
        # What was re-analysed or deleted since the merging is not there any more.
        there = {
            InsightMember(interview_id=key, finding=number)
            for key, findings in evidence.findings.items()
            for number in range(len(findings))
        }
        self._groups = [_Group(insight, insight.members) for insight in _present(merged, there)]
        self._home = {member: group for group in self._groups for member in group.members}
        self._places = _Places(evidence, {one.interview_id for j in judgements for one in (*j.anchors, *j.others)})
        # Findings that only a pin remembers, under numbers below zero.
        self._remembered: dict[InsightMember, Anchor] = {}
        for one in judgements:
            if one.kind == "pin":
                self._remember(one)
        for one in judgements:
            if one.kind == "merge":
                self._merge(one)
            elif one.kind == "split":
                self._split(one)
        for one in judgements:
            self._mark(one)

    def insights(self) -> Iterator[Insight]:
        """Yield the insights, each with an id of its own."""
        words = functools.cache(self._words)
        groups = [group for group in self._groups if group.members]
        taken: set[str] = set()
        # What goes on from a merged insight has its id before a part that was split off may take it.
        finished = {
            id(group): self._finished(group, words, taken) for group in sorted(groups, key=lambda one: one.is_changed)
        }
        ids = {group.insight.id: finished[id(group)] for group in groups}
        for gone in self._groups:
            if not gone.members:
                # Who was near what was merged into another is near that one.
                home = next((self._home[one] for one in gone.insight.members if one in self._home), None)
                if home is not None:
                    ids[gone.insight.id] = finished[id(home)]
        for group in groups:
            insight = finished[id(group)]
            related = tuple(_related(insight, ids))
            yield insight if related == insight.related else insight.model_copy(update={"related": related})

    def _words(self) -> Words:
        return Words([finding for findings in self._evidence.findings.values() for finding in findings])

    def _remember(self, pin: Judgement) -> None:
        if self._resolved(pin.anchors):
            return
        known = [one for one in pin.anchors if one.interview_id in self._evidence.findings]
        if not known:
            return
        members = []
        for anchor in known:
            member = InsightMember(interview_id=anchor.interview_id, finding=-1 - len(self._remembered))
            self._remembered[member] = anchor
            self._places.add(member, anchor.kind, anchor)
            members.append(member)
        insight = Insight(id=pin.insight_id, kind=pin.insight_kind, text=pin.text, members=(), is_found=False)
        group = _Group(insight, members)
        self._groups.append(group)
        self._home.update(dict.fromkeys(members, group))

    def _merge(self, judgement: Judgement) -> None:
        ones, others = self._resolved(judgement.anchors), self._resolved(judgement.others)
        if not ones and not others:
            return
        home = self._holder(ones or others)
        joined = ones | others | (self._holder(others).members if others else set())
        if not joined <= home.members:
            self._move(joined, home)
            home.is_changed = True
        home.insight = home.insight.model_copy(update={"kind": judgement.insight_kind})

    def _split(self, judgement: Judgement) -> None:
        ones, others = self._resolved(judgement.anchors), self._resolved(judgement.others)
        mixed = {id(self._home[one]) for one in ones} & {id(self._home[one]) for one in others}
        if not mixed:
            return
        apart = _Group(Insight(id="", kind=judgement.insight_kind, text="", members=()), (), is_changed=True)
        self._groups.append(apart)
        self._move(ones, apart)

    def _move(self, members: set[InsightMember], home: _Group) -> None:
        for member in members:
            before = self._home[member]
            if before is not home:
                before.members.discard(member)
                before.is_changed = True
                home.contradictions += [one for one in before.contradictions if one.against == member]
                home.members.add(member)
                self._home[member] = home

    def _mark(self, judgement: Judgement) -> None:
        """Give names and marks to the insights that the judgement holds for."""
        both = (*judgement.anchors, *judgement.others) if judgement.kind == "merge" else judgement.anchors
        members = self._resolved(both)
        if not members:
            return
        holder = self._holder(members)
        groups = list({id(group): group for group in (self._home[one] for one in sorted(members, key=_place))}.values())
        covered = [group for group in groups if self._covers(judgement, members, group)]
        if judgement.kind in ("rename", "merge", "split"):
            named = holder in covered
            if named and judgement.text:
                holder.name = judgement.text
            if judgement.kind == "merge" and named:
                holder.is_rejected = False
            marked = [holder] if named else []
        else:
            is_pin = judgement.kind == "pin"
            marked = groups if is_pin else covered
            for group in marked:
                group.is_pinned, group.is_rejected = is_pin, not is_pin
        for group in marked:
            group.judgements[judgement.id] = None

    def _covers(self, judgement: Judgement, members: set[InsightMember], group: _Group) -> bool:
        numbers = self._evidence.numbers
        known = [one for one in group.members if numbers[one.interview_id] <= judgement.newest_interview]
        return 2 * len(members & group.members) >= len(known)

    def _resolved(self, anchors: Iterable[Anchor]) -> set[InsightMember]:
        found = (self._places.at(anchor) for anchor in anchors)
        return {member for member in found if member is not None and member in self._home}

    def _holder(self, members: set[InsightMember]) -> _Group:
        """Return the group that most of the members are in; of two, the one with the earliest of them."""
        counts = Counter(id(self._home[one]) for one in members)
        first = sorted(members, key=lambda one: (self._evidence.numbers[one.interview_id], _place(one)))
        return self._home[max(first, key=lambda one: counts[id(self._home[one])])]

    def _finished(self, group: _Group, words: Callable[[], Words], taken: set[str]) -> Insight:
        members = sorted((one for one in group.members if one.finding >= 0), key=_place)
        findings = [self._evidence.findings[one.interview_id][one.finding] for one in members]
        insight = group.insight
        if not (group.is_changed or group.judgements) and insight.id not in taken:
            taken.add(insight.id)
            return insight
        update: dict[str, object] = {}
        if group.is_changed and findings:
            best = min(findings, key=lambda one: (-one.score, one.text))
            if insight.text not in {one.text for one in findings}:
                update["text"] = best.text
            interviews = len({one.interview_id for one in members})
            update |= {
                "members": tuple(members),
                "score": best.score,
                "is_found": True,
                "keywords": words().of(
                    [one.terms for one in findings], [quote.text for one in findings for quote in one.quotes]
                ),
                # A person's word holds together what is left.
                "survival": 1.0 if interviews > 2 else 0.0,
                "contradictions": nearest(one for one in group.contradictions if one.against in group.members),
            }
        elif not findings:
            remembered = sorted(group.members, key=_place)
            update["quotes"] = tuple(_cited(self._remembered[one]) for one in remembered)
        text = group.name or update.get("text") or insight.text
        update |= {
            "id": _free(insight.id, insight.kind, str(update.get("text", insight.text)), members, taken),
            "text": text,
            "is_pinned": group.is_pinned,
            "is_rejected": group.is_rejected,
            "judgements": tuple(group.judgements),
        }
        return insight.model_copy(update=update)


class _Places:
    """Which finding quotes a place."""

    def __init__(self, evidence: Evidence, interview_ids: Iterable[str]) -> None:
        self._at: dict[tuple[str, int], list[tuple[InsightMember, Kind, Quote]]] = defaultdict(list)
        for interview_id in interview_ids:
            for number, finding in enumerate(evidence.findings.get(interview_id, ())):
                member = InsightMember(interview_id=interview_id, finding=number)
                for quote in finding.quotes:
                    self._add(member, finding.kind, quote)

    def add(self, member: InsightMember, kind: Kind, quote: Quote) -> None:
        self._add(member, kind, quote)

    def _add(self, member: InsightMember, kind: Kind, quote: Quote) -> None:
        self._at[member.interview_id, quote.turn].append((member, kind, quote))

    def at(self, anchor: Anchor) -> InsightMember | None:
        """Return the finding whose quote overlaps the place most, one of the anchor's kind before others."""
        found = [
            (kind == anchor.kind, min(quote.end, anchor.end) - max(quote.start, anchor.start), -member.finding, member)
            for member, kind, quote in self._at.get((anchor.interview_id, anchor.turn), ())
            if quote.start < anchor.end and anchor.start < quote.end
        ]
        return max(found, key=lambda one: one[:3])[3] if found else None


def _present(merged: Iterable[Insight], there: Collection[InsightMember]) -> Iterator[Insight]:
    for insight in merged:
        members = tuple(one for one in insight.members if one in there)
        yield insight if members == insight.members else insight.model_copy(update={"members": members})


def _place(member: InsightMember) -> tuple[str, int]:
    return member.interview_id, member.finding


def _cited(anchor: Anchor) -> CitedQuote:
    return CitedQuote(**anchor.model_dump(exclude={"kind"}))


def _free(known: str, kind: Kind, text: str, members: Sequence[InsightMember], taken: set[str]) -> str:
    """Return an id that no other insight has: the one known, or one that is made of what the insight holds."""
    said = [f"{kind}\n{text}", *(f"{kind}\n{text}\n{one.interview_id} {one.finding}" for one in members)]
    candidates = (known, *(sha256(one.encode()).hexdigest()[:12] for one in said))
    found = next(one for one in candidates if one and one not in taken)
    taken.add(found)
    return found


def _related(insight: Insight, ids: Mapping[str, Insight]) -> Iterator[Related]:
    """Yield who is near, under the ids and names that hold now."""
    seen = {insight.id}
    for one in insight.related:
        now = ids.get(one.id)
        if now is not None and now.id not in seen:
            seen.add(now.id)
            yield one.model_copy(update={"id": now.id, "text": now.text})
