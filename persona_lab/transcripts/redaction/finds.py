"""What a finder hands over: where something personal stands, of which kind, and whose it is."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace

from persona_lab.models import PrivateKind

# The surest kinds first: where two finds overlap in the same stretch, the earlier kind is kept.
KINDS: tuple[PrivateKind, ...] = (
    "mark",
    "email",
    "resident",
    "card",
    "account",
    "licence",
    "passport",
    "phone",
    "address",
    "name",
    "title",
)
# What a pseudonym is called, by the language of the interview where the original was met first.
WORDS: dict[PrivateKind, tuple[str, str]] = {
    "mark": ("표시", "Mark"),
    "email": ("이메일", "Email"),
    "resident": ("주민번호", "ID"),
    "card": ("카드", "Card"),
    "account": ("계좌", "Account"),
    "licence": ("면허", "Licence"),
    "passport": ("여권", "Passport"),
    "phone": ("전화", "Phone"),
    "address": ("주소", "Address"),
    "name": ("이름", "Name"),
    "title": ("인터뷰", "Interview"),
}


@dataclass(frozen=True, slots=True)
class Find:
    """`text[start:end]` is personal. Finds of one kind with the same key stand for the same person or thing."""

    start: int
    end: int
    kind: PrivateKind
    key: str

    def moved(self, by: int) -> "Find":
        return replace(self, start=self.start + by, end=self.end + by)


def word(kind: PrivateKind, language: str) -> str:
    """Return what pseudonyms of this kind are called in an interview's language."""
    korean, english = WORDS[kind]
    return korean if language == "ko" else english


def apart(finds: Iterable[Find]) -> list[Find]:
    """Return the finds in order without those that overlap a surer or a longer one."""
    kept: list[Find] = []
    for find in sorted(set(finds), key=_rank):
        at = bisect_right(kept, find.start, key=lambda other: other.start)
        is_free = (at == 0 or kept[at - 1].end <= find.start) and (at == len(kept) or find.end <= kept[at].start)
        if find.start < find.end and is_free:
            kept.insert(at, find)
    return kept


def _rank(find: Find) -> tuple[int, int, int, str]:
    # Names are many and short: among them, and between a name and an address, the longer one is right.
    surest = min(KINDS.index(find.kind), KINDS.index("address"))
    return surest, find.start - find.end, find.start, find.key
