"""Sentences and content words, in English and Korean.

Korean goes through kiwipiepy.
"""

import functools
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import snowballstemmer

from persona_lab.engines.rules import Language, rules
from persona_lab.transcripts.korean import kiwi
from persona_lab.transcripts.spelling import spell

if TYPE_CHECKING:
    from kiwipiepy import Token

HANGUL = re.compile(r"[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]")
LETTER = re.compile(r"[^\W\d_]")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

# A sentence may run through a line's end only where the line looks wrapped by a machine.
WRAPPED_LINE = 60
LONG_SENTENCE = 350

END = re.compile(r"(?:[.!?…。！？]+)[\"'”’)\]]*(?=\s|$)|(?<=[a-z]{3})[.!?](?=[A-Z][a-z']* )")
CLAUSE = re.compile(r"[,;]\s+(?=(?:and|but|so|because|which|then|or|yet|though|although)\b)|;\s+|\s[–—-]+\s")
LOOSE_CLAUSE = re.compile(r"\s+(?=(?:and|but|so|because|then)\s+(?:i|we|it|they|you|there|that|the)\b)", re.IGNORECASE)

NOUNS = ("NNG", "NNP", "XR", "SN")
VERBS = ("VV", "VA")
CODAS = str.maketrans("ᆨᆫᆮᆯᆷᆸᆺᆻ", "ㄱㄴㄷㄹㅁㅂㅅㅆ")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at `start`..`end` of the text it was read from.

    `line` is what the rules' patterns look at: lower-case words in English,
    morphemes in Korean.
    """

    start: int
    end: int
    text: str
    language: Language
    terms: tuple[str, ...]
    line: str

    @property
    def is_question(self) -> bool:
        return self.text.rstrip("\"'”’)").endswith(("?", "？"))


def sentences(text: str, language: str) -> list[tuple[int, int]]:
    """Return the spans of the sentences, in code points, without the blanks around them."""
    if language_of(text, language) == "ko":
        return [(sentence.start, sentence.end) for sentence in read(text, language)]
    return list(_english_spans(text))


def terms(text: str, language: str) -> list[str]:
    """Return the content words in dictionary form, in order, repeats included."""
    return [term for sentence in read(text, language) for term in sentence.terms]


def written(terms: Collection[str], texts: Iterable[str]) -> dict[str, str]:
    """Return the terms as these texts write them most; those they don't write are left out.

    An English stem is no word; Korean terms are words already.
    """
    forms: dict[str, Counter[str]] = {term: Counter() for term in terms if term.isascii()}
    if forms:
        for text in texts:
            for word in WORD.findall(text.lower().replace("’", "'")):
                term = english_term(word)
                if term in forms:
                    forms[term][word.removesuffix("'s")] += 1
    shown = {term: min(its, key=lambda form: (-its[form], len(form), form)) for term, its in forms.items() if its}
    return {term: shown.get(term, term) for term in terms if term in shown or term not in forms}


def cased(word: str, texts: Iterable[str]) -> str:
    """Return the word with the capitals that people write it with in the middle of sentences: AI, Excel, recipe."""
    forms = Counter[str]()
    # A Korean particle stands right behind: "AI가".
    said = re.compile(rf"(?<![A-Za-z0-9])({re.escape(word)})(?![A-Za-z0-9])", re.IGNORECASE)
    for text in texts:
        for found in said.finditer(text):
            before = text[: found.start()].rstrip(" \"'“‘(*-")
            is_within = bool(before) and before[-1] not in ".!?:…\n"
            # A capital at the beginning of a sentence says nothing, but "AI" and "iPhone" do.
            if is_within or not found[1][1:].islower() or found[1].islower():
                forms[found[1]] += 1
    return min(forms, key=lambda form: (-forms[form], form)) if forms else word


def read(text: str, language: str) -> list[Sentence]:
    """Return the sentences with all that later steps need, so nothing is taken apart twice."""
    if language_of(text, language) == "ko":
        return list(_read_korean(text))
    return [_english(text, start, end) for start, end in _english_spans(text)]


@functools.cache
def generic_terms(language: Language) -> frozenset[str]:
    """Return the terms that any two interviews share, in dictionary form."""
    return dictionary_form(rules(language).generic, language)


@functools.cache
def weak_terms(language: Language) -> frozenset[str]:
    """Return the terms of nouns that name no subject, in dictionary form."""
    return dictionary_form(rules(language).weak, language)


def dictionary_form(words: frozenset[str], language: Language) -> frozenset[str]:
    """Return a word list as terms; the Korean lists are written so."""
    return words if language == "ko" else frozenset(filter(None, map(english_term, words)))


def language_of(text: str, language: str) -> Language:
    """Return whose rules fit `text`: a few foreign words do not change an interview's language."""
    hangul = len(HANGUL.findall(text))
    if not hangul:
        return "en"
    if language == "ko":
        return "ko"
    return "ko" if 3 * hangul > len(LETTER.findall(text)) else "en"


def _english(text: str, start: int, end: int) -> Sentence:
    said = text[start:end]
    line = " ".join(said.lower().replace("’", "'").replace("‘", "'").split())
    return Sentence(start, end, said, "en", tuple(_english_terms(line)), line)


def _english_terms(text: str) -> Iterator[str]:
    for word in WORD.findall(text.lower()):
        if term := english_term(word):
            yield term


@functools.lru_cache(maxsize=50_000)
def english_term(word: str) -> str:
    """Return a word's stem, or nothing for a word that says nothing."""
    word = word.replace("’", "'")
    if word in rules("en").stop:
        return ""
    word = word.removesuffix("'s").replace("'", "")
    if word in rules("en").stop or (len(word) < 2 and not word.isdigit()):
        return ""
    stem: str = _stemmer().stemWord(word)
    return stem


@functools.cache
def _stemmer() -> "snowballstemmer.english_stemmer.EnglishStemmer":
    return snowballstemmer.stemmer("english")


def _english_spans(text: str) -> Iterator[tuple[int, int]]:
    for start, end in _paragraphs(text):
        begin = start
        for found in END.finditer(text, start, end):
            if _ends_here(text, begin, found, end):
                yield from _pieces(text, begin, found.end())
                begin = found.end()
        yield from _pieces(text, begin, end)


def _paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield stretches that no sentence crosses: lines, joined where they were only wrapped."""
    begin = end = 0
    for line in re.finditer(r"[^\r\n]*(?:\r\n|\r|\n|$)", text):
        if not line[0].strip():
            if end > begin:
                yield begin, end
            begin = end = line.end()
            continue
        before = text[begin:end].rstrip()
        if before and not _goes_on(before, line[0].lstrip()):
            yield begin, end
            begin = line.start()
        end = line.end()
    if end > begin:
        yield begin, end


def _goes_on(before: str, after: str) -> bool:
    if before[-1] in '.!?…:。！？"”' or not after[0].isalnum():
        return False
    return after[0].islower() or len(before.splitlines()[-1]) >= WRAPPED_LINE


def _ends_here(text: str, begin: int, found: re.Match[str], end: int) -> bool:
    """Say whether the mark that was found ends a sentence or only an abbreviation, a number, an afterthought."""
    rest = text[found.end() : end].lstrip()
    if not rest:
        return True
    next_letter = rest.lstrip("\"'“‘([")[:1]
    mark = found[0]
    if mark.startswith(("...", "…", "..")):
        return next_letter.isupper() and not re.match(r"I\b", rest)
    if mark[0] in "!?" and len(mark) > 1 and mark[-1] in "\"'”’)":
        return not next_letter.islower()
    if mark[0] != ".":
        return True
    words = text[begin : found.start()].split()
    word = words[-1].lower().lstrip("(\"'“‘") if words else ""
    if word in rules("en").abbreviations or (len(words) == 1 and re.fullmatch(r"\d{1,2}|[a-z]", word)):
        return False
    if word in rules("en").may_end:
        return next_letter.isupper()
    return not (len(word) == 1 and word.isalpha() and word != "i")


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the span without its blanks; speech without full stops is cut where a clause begins."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start == end or not WORD.search(text, start, end):
        return
    cut = _clause_cut(text, start, end) if end - start > LONG_SENTENCE else None
    if cut is None:
        yield start, end
    else:
        yield from _pieces(text, start, cut)
        yield from _pieces(text, cut, end)


def _clause_cut(text: str, start: int, end: int) -> int | None:
    """Return the clause boundary nearest the middle, with enough words on either side."""
    middle = (start + end) // 2
    for boundary in (CLAUSE, LOOSE_CLAUSE):
        cuts = [found.end() for found in boundary.finditer(text, start, end)]
        cuts = [cut for cut in cuts if cut - start > LONG_SENTENCE // 5 and end - cut > LONG_SENTENCE // 5]
        if cuts:
            return min(cuts, key=lambda cut: (abs(cut - middle), cut))
    return None


def _read_korean(text: str) -> Iterator[Sentence]:
    """Yield sentences; text in decomposed jamo is composed for the analyser and its spans led back."""
    spelling = spell(text, keep_marks=True) if any("\u1100" <= letter <= "\u11ff" for letter in text) else None
    whole = spelling.text if spelling else text
    blocks = list(_paragraphs(whole))
    found = kiwi().split_into_sents([whole[start:end] for start, end in blocks], return_tokens=True)
    for (offset, _), block in zip(blocks, found, strict=True):
        for tokens in (piece for part in block for piece in _korean_pieces(part.tokens or [])):
            start, end = _trim(whole, offset + tokens[0].start, offset + tokens[-1].end)
            if start == end or not WORD.search(whole, start, end):
                continue
            if spelling:
                start, end = spelling.back(start, end)
            yield Sentence(start, end, text[start:end], "ko", tuple(_korean_terms(tokens)), _morphemes(tokens))


def _korean_pieces(tokens: "Sequence[Token]") -> "Iterator[Sequence[Token]]":
    """Yield the sentence, cut where a clause ends with a comma if nobody could read it in one breath."""
    if not tokens:
        return
    start, end = tokens[0].start, tokens[-1].end
    cuts = [
        at + 1
        for at in range(1, len(tokens) - 1)
        if tokens[at].form == "," and tokens[at - 1].tag.startswith(("EC", "EF", "JX"))
    ]
    if end - start <= LONG_SENTENCE or not cuts:
        yield tokens
        return
    cut = min(cuts, key=lambda at: (abs(tokens[at].start - (start + end) / 2), at))
    yield from _korean_pieces(tokens[:cut])
    yield from _korean_pieces(tokens[cut:])


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _korean_terms(tokens: "Sequence[Token]") -> Iterator[str]:
    stop = rules("ko").stop
    for token in tokens:
        tag = token.tag.split("-")[0]
        if tag == "SL":
            yield from _english_terms(token.form)
        elif tag in NOUNS:
            if token.form not in stop:
                yield token.form
        elif tag in VERBS and token.lemma not in stop:
            yield token.lemma


def _morphemes(tokens: "Sequence[Token]") -> str:
    return f" {' '.join(_morpheme(token) for token in tokens)} "


def _morpheme(token: "Token") -> str:
    form: str = token.form.translate(CODAS).replace(" ", "")
    # Only endings have twins: the particle 을 is not the ending 을.
    return rules("ko").twins.get(form, form) if token.tag.startswith("E") else form
