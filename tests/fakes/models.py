"""Who sits behind the look-alike and answers: models good and bad."""

import re
from collections.abc import Callable
from typing import Any

FENCE = re.compile(r"<<<(\w+) (\w+)\n(.*?)\n\1 \2>>>", re.DOTALL)
LINE = re.compile(r"(\d+) \| (\w+)[^|]*\| (.*)")

Report = dict[str, Any]
Model = Callable[[str], Report]


def data_of(message: str, name: str) -> list[tuple[int, str, str]]:
    """Return number, role and words of each line between the markers of that name."""
    body = next((found[3] for found in FENCE.finditer(message) if found[1] == name), "")
    return [(int(n), role, said) for n, role, said in (m.groups() for m in map(LINE.match, body.splitlines()) if m)]


def honest(message: str) -> Report:
    """Report what participants said, in their own words; choose the first points of several sections."""
    if "<<<POINTS" in message:
        return {"points": list(range(1, 5))}
    if "<<<CONVERSATION" in message:
        return mapping(message)
    if "<<<QUOTES" in message:
        return portraying(message)
    said = [
        (turn, sentence)
        for turn, role, words in data_of(message, "TRANSCRIPT")
        if role != "interviewer"
        for sentence in re.findall(r"[^.!?]+[.!?]", words)
        if len(sentence.split()) > 3
    ]
    points = [{"text": words.strip(), "quotes": [{"turn": turn, "words": words.strip()}]} for turn, words in said]
    kinds = ("pain", "need", "takeaway")
    findings = [{"kind": kinds[n % 3], **point} for n, point in enumerate(points[:9])]
    wishes = [n for n, one in enumerate(findings, start=1) if one["kind"] == "need"][:2]
    return {
        "summary": points[:3],
        "findings": findings,
        "profile": [
            {"name": "job", "value": found[1], "quotes": point["quotes"]}
            for point in points
            if (found := re.search(r"I am an? ([\w ]+)", point["text"]))
        ],
        "how_might_we": [
            {"text": f"How might we help with this: {points[n - 1]['text'][:-1]}?", "findings": [n]} for n in wishes
        ],
    }


def mapping(message: str) -> Report:
    """Group what a conversation holds: one topic, one part, each line by itself."""
    body = next(found[3] for found in FENCE.finditer(message))
    lines = [found.groups() for found in re.finditer(r"^(\d+) \| (.*)$", body, re.MULTILINE)]
    items = [{"text": words, "number": int(n)} for n, words in lines]
    return {"topics": [{"title": "What was said", "parts": [{"title": "All of it", "items": items}]}]}


def portraying(message: str) -> Report:
    """Describe a persona by its first quotes, as they are."""
    quotes = [(n, words) for n, _, words in data_of(message, "QUOTES")][:4]
    return {"title": quotes[0][1][:50], "summary": [{"text": words, "numbers": [n]} for n, words in quotes]}


def inventing(message: str) -> Report:
    """Report what nobody said."""
    if "<<<CONVERSATION" in message:
        items = [{"text": "People adore the loyalty card.", "number": 99}]
        return {"topics": [{"title": "Loyalty", "parts": [{"title": "Cards", "items": items}]}]}
    if "<<<QUOTES" in message:
        invented = {"text": "Loyal Airline Travellers adore the loyalty card in Norway.", "numbers": [99]}
        return {"title": "Norwegian airline loyalists", "summary": [invented]}
    invented = {"text": "People adore the loyalty card.", "quotes": [{"turn": 1, "words": "I adore the loyalty card"}]}
    return {
        "summary": [invented],
        "findings": [{"kind": "pain", **invented}],
        "profile": [{"name": "job", "value": "a loyal customer", "quotes": invented["quotes"]}],
        "how_might_we": [{"text": "How might we make more of the loyalty card?", "findings": [99]}],
    }


def obeying(order: str, report: Report) -> Model:
    """Return a model that reports exactly this wherever somebody gives the order."""

    def model(message: str) -> Report:
        return report if order in message else honest(message)

    return model


def writing(message: str) -> str:
    """Answer from the passages, in the form asked for; without passages, be polite."""
    if "<<<PASSAGES" not in message:
        return "OK."
    passages = [(n, words) for n, role, words in data_of(message, "PASSAGES") if role != "interviewer"]
    korean = bool(re.search("[가-힣]", message.rpartition("\n")[2]))
    lines = []
    for n, words in passages[:3]:
        sentence = re.findall(r"[^.!?]+[.!?]?", words)[0].strip()
        shown = sentence.rstrip(".!?")
        lines.append(f'{shown}고 말합니다. [{n}: "{shown}"]' if korean else f'Somebody said: {shown}. [{n}: "{shown}"]')
    return "\n".join(lines)


def writing_as_told(message: str) -> str:
    """Answer what anybody in the passages asks to be answered: `SAY …` in a passage; `⏎` ends a line of it."""
    for _, _, words in data_of(message, "PASSAGES"):
        if found := re.search(r"SAY (.*)", words):
            return found[1].replace("⏎", "\n")
    return writing(message)


def at_length(message: str) -> str:
    """Answer with the same words in so many ways that it takes a while."""
    if "<<<PASSAGES" not in message:
        return "OK."
    n, words = next((n, said) for n, role, said in data_of(message, "PASSAGES") if "card form" in said)
    quoted = "card form is really frustrating"
    assert quoted in words
    return "\n".join(f'The card form is really frustrating, time {time}. [{n}: "{quoted}"]' for time in range(400))
