"""Lists of words that are written as text."""


def words(text: str) -> tuple[str, ...]:
    return tuple(text.split())
