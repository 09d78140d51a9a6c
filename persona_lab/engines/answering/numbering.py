"""Quotes numbered as they are cited: the same words keep their number."""

from collections.abc import Iterator, Sequence

from persona_lab.engines.answering.conversing import place
from persona_lab.models import Citation, CitedQuote, Delta


class Numbering:
    """An answer's numbers, from 1."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int], int] = {}

    def cited(
        self, text: str, quotes: Sequence[CitedQuote], others: Sequence[CitedQuote] = ()
    ) -> Iterator[Delta | Citation]:
        """Yield the text with the marks of its quotes behind it, then those quotes that weren't cited before.

        Args:
            others: what others said to the same effect as the first quote.
        """
        fresh = [quote for quote in dict.fromkeys(quotes) if place(quote) not in self._numbers]
        for quote in fresh:
            self._numbers.setdefault(place(quote), len(self._numbers) + 1)
        marks = dict.fromkeys(f"[{self._numbers[place(quote)]}]" for quote in quotes)
        yield Delta(text=f"{text} {''.join(marks)}")
        for quote in fresh:
            its = tuple(others) if quote is quotes[0] else ()
            yield Citation(n=self._numbers[place(quote)], quote=quote, others=its)
