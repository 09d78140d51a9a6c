"""Turning an English wish into "How might we …?".

Only forms in which the words that follow fit into the question unchanged are taken, such as "I would love to …",
which is followed by a verb in its base form. Who speaks becomes "people", and then "they".
"""

import re

from persona_lab.engines.cues import weigh
from persona_lab.engines.language import read

LEAST_PAIN = 1.0
LONGEST_WISH = 140
LONGEST_OBSTACLE = 110

_WOULD = r"(?:['’]d| would)(?: really| definitely| also| just| personally| certainly)?"
_GOOD = r"(?:great|nice|helpful|useful|awesome|amazing|good|cool|wonderful|ideal|fantastic|handy|perfect|excellent)"
_SUBJECT = r"(?P<who>(?:(?:the|my|our|an?|this|these|those) (?:[\w-]+ ){1,3}?|AI |it |they |them |someone |[A-Z]\w+ ))"
_THING = r"(?P<thing>(?:an?|some|more|better|one|something|the (?:ability|option|chance|possibility)) \S.*)"
_ABLE = r"(?:one day )?(?:be able to )?(?:just |actually |really |fully |simply |finally |also )?"
_REST = r"(?P<rest>\S.*)"

# From a wish to what is asked for, the surest first.
FORMS = tuple(
    (re.compile(pattern), asked)
    for pattern, asked in (
        (rf"\b(?:I|[Ww]e){_WOULD} (?:love|like) to (?:have|see|get) {_THING}", "give people {thing}"),
        (rf"\b(?:I|[Ww]e)(?:{_WOULD} (?:love|like)| (?:really |just )?want) {_THING}", "give people {thing}"),
        (r"\b(?:I|[Ww]e) (?:really |just |do )?wish (?:I|we) had (?P<thing>(?:an?|some|more|better) .*)", "give people {thing}"),
        (rf"\bwish there (?:was|were) {_THING}", "give people {thing}"),
        (rf"\b(?:be|['’]d be) (?:\w+ )?{_GOOD} (?:to have|if (?:there (?:was|were)|I had|we had)) {_THING}", "give people {thing}"),
        (rf"\b(?:I|[Ww]e) (?:really |just )?need {_THING}", "give people {thing}"),
        (rf"\b(?:I|[Ww]e){_WOULD} (?:love|like|want|prefer) to {_ABLE}{_REST}", "help people {rest}"),
        (rf"\b(?:I|[Ww]e) (?:really |just |do )?(?:want|hope) to {_ABLE}{_REST}", "help people {rest}"),
        (rf"\bwish (?:that )?(?:I|we) (?:could|(?:was|were) able to) {_REST}", "help people {rest}"),
        (rf"\b(?:be|['’]d be) (?:\w+ )?{_GOOD} (?:if (?:I|we) could|to be able to) {_REST}", "help people {rest}"),
        (rf"\b(?:be|['’]d be) (?:\w+ )?{_GOOD} (?:for me |for us )?to (?!have |be ){_REST}", "help people {rest}"),
        (rf"\b(?:I|[Ww]e)(?:{_WOULD} (?:love|like)(?: it if)?| wish| (?:really )?hope)(?: that)? {_SUBJECT}(?:would|could|will|can) {_ABLE}{_REST}", "get {who}to {rest}"),
        (rf"\b(?:be|['’]d be) (?:\w+ )?{_GOOD} if {_SUBJECT}(?:would|could|can) {_ABLE}{_REST}", "get {who}to {rest}"),
        (rf"\b(?:I|[Ww]e)(?:{_WOULD} (?:love|like)(?: for)?| (?:really )?want) {_SUBJECT}to {_ABLE}{_REST}", "get {who}to {rest}"),
        (rf"\b(?:I|[Ww]e)(?:{_WOULD} (?:love|like) it if| wish(?: that)?) {_SUBJECT}(?:was|were) (?P<rest>(?:better|more|less|easier|faster|cheaper|simpler) .*|(?:easier|faster|cheaper|simpler)\b.*)", "make {who}{rest}"),
    )
)  # fmt: skip
# A wish behind one of these is none, or not the speaker's.
NO_WISH = re.compile(r"(?:\b(?:if|unless|when|whenever|what|whatever|how|where|why|not|never|because they|they|you)|n['’]t)[\s,]*$", re.I)
# Here the words stop that fit into the question.
STOP = re.compile(
    r"[.;:?!(…\"“”]|\s[–—-]+\s|,\s(?=(?:but|because|so|which|as|like|especially|rather|instead|though|although|then|and then|and (?:I|it|we|they|that|this|there)|in|while|when|if|since|using|particularly|such|for|however|honestly|it|I|we|they|that|this|not)\b)"
    r"|\s(?=(?:because|but|although|though|whereas|since|so (?:that )?(?:I|we|it|they)|and (?:I|it|we|they|there|that|this|then)|as (?:I|it|this|that)|which)\b)"
)
NO_VERB = re.compile(
    r"(?:be|become|feel like) (?:an?|the)\b|(?:say|mention|add|note|point|clarify|emphasi[sz]e|share|tell|thank|start|begin"
    r"|think|believe|talk|hear|not|never|know if|be honest|be clear|keep going|continue|see (?:how|what|if|where)|see if)\b",
    re.I,
)
DANGLING = re.compile(r"\b(?:it|this|these|those|them)\b", re.I)
NO_START = re.compile(r"[A-Z]|\w+(?:ing|ed)\b(?<!need)(?<!bring)(?<!feed)|hopefully\b|be (?:mine|ours|my|our|me|us)\b|see (?:have|be|is|are)\b")
BAD_END = re.compile(
    r"\b(?:and|or|the|an?|to|of|for|with|in|on|at|by|from|that|which|as|if|when|while|so|because|but|my|our|their|its|is|are|more|very|it's)$",
    re.I,
)
POINTING = re.compile(r"^(?:it|they|them) $|^(?:this|that|these|those)\b", re.I)
PERSON = re.compile(r"\b(I['’]m|I am|I was|I['’]ve|I['’]d|I['’]ll|I|me|my|mine|myself|we['’]re|we['’]ve|we['’]d|we['’]ll|we|us|our|ours|ourselves)\b(?!['’-])", re.I)  # fmt: skip
LATER = {
    "i'm": "they're", "i am": "they are", "i was": "they were", "i've": "they've", "i'd": "they'd", "i'll": "they'll",
    "i": "they", "me": "them", "my": "their", "mine": "theirs", "myself": "themselves", "we're": "they're",
    "we've": "they've", "we'd": "they'd", "we'll": "they'll", "we": "they", "us": "them", "our": "their",
    "ours": "theirs", "ourselves": "themselves",
}  # fmt: skip
FIRST = LATER | {
    "i'm": "people are", "i am": "people are", "i was": "people were", "i've": "people have", "i'd": "people would",
    "i'll": "people will", "i": "people", "me": "people", "my": "people's", "we're": "people are",
    "we've": "people have", "we'd": "people would", "we'll": "people will", "we": "people", "us": "people",
    "our": "people's",
}  # fmt: skip
# A clause that can follow "when": a subject, and a verb not far behind.
CLAUSE = re.compile(
    r"(?:(?:I|[Ww]e)(?:['’]\w+)? |(?:The|My|Our|AI|There|Most|Many|Some|People|ChatGPT|Claude)\b.{0,40}?\b(?:is|are|was|were|has|have|do|does"
    r"|don['’]t|doesn['’]t|isn['’]t|aren['’]t|can|can['’]t|cannot|could|couldn['’]t|will|won['’]t|takes?|gets?|keeps?|makes?|forgets?|needs?|gives?)\b)"
)
NO_CLAUSE = re.compile(r"\b(?:I (?:think|guess|would|could|wish|hope|love|like|feel|believe|mean|agree)|I['’]d|necessarily|(?:was|were|will be) \w+ing|you|your|yes|no)\b", re.I)
NAMES = re.compile(r"I\b|AI\b|[A-Z]\w*[A-Z]|(?:Claude|Excel|Google|Gmail|Copilot|Gemini)\b")


def question(wish: str, obstacle: str | None) -> str:
    """Return the question that the wish asks for, with what stands in its way; "" where there is none to ask."""
    aim = _aim(" ".join(wish.split()))
    if not aim:
        return ""
    against = _against(" ".join(obstacle.split())) if obstacle else ""
    if obstacle and not against:
        return ""
    whole = f"{aim}, when {against}" if against else aim
    return f"How might we {_of_people(whole)}?"


def _aim(wish: str) -> str:
    for form, asked in FORMS:
        said = form.search(wish)
        if not said or NO_WISH.search(wish[: said.start()]):
            continue
        words = said.groupdict()
        last = "thing" if "thing" in words else "rest"
        words[last] = _until_stop(words[last])
        if POINTING.search(words.get("who", "")) or not _is_whole(words[last], is_verb=last == "rest"):
            continue
        return asked.format(**words)
    return ""


def _until_stop(words: str) -> str:
    found = STOP.search(words)
    return (words[: found.start()] if found else words).strip(" ,")


def _is_whole(words: str, *, is_verb: bool) -> bool:
    # "It" and "this" mean something that the question doesn't say.
    if DANGLING.search(" ".join(words.split()[:4])) or NO_START.match(words):
        return False
    if len(words.split()) < 2 or len(words) > LONGEST_WISH or BAD_END.search(words):
        return False
    return not (is_verb and NO_VERB.match(words))


def _against(obstacle: str) -> str:
    """Return the obstacle as a clause behind "when", "" where it isn't one."""
    clause = _until_stop(obstacle)
    if not CLAUSE.match(clause) or NO_CLAUSE.search(clause) or BAD_END.search(clause):
        return ""
    if len(clause.split()) < 4 or len(clause) > LONGEST_OBSTACLE or not _hurts(clause):
        return ""
    return clause if NAMES.match(clause) else clause[:1].lower() + clause[1:]


def _hurts(clause: str) -> bool:
    """Say whether what hurts is in the clause, and not in what was cut off."""
    return any(weigh(sentence).pain >= LEAST_PAIN for sentence in read(clause, "en"))


def _of_people(words: str) -> str:
    """Return the words as said of others: the first who is meant are "people", then "they"."""
    is_named = bool(re.search(r"\bpeople\b", words))

    def other(found: re.Match[str]) -> str:
        nonlocal is_named
        table = LATER if is_named else FIRST
        is_named = True
        return table[found[0].lower().replace("’", "'")]

    return PERSON.sub(other, words)
