"""The word lists in words/, read once."""

import functools
from importlib.resources import files


@functools.cache
def words(language: str, section: str) -> frozenset[str]:
    """Return a section of the language's list."""
    return frozenset(_sections(language)[section])


@functools.cache
def _sections(language: str) -> dict[str, list[str]]:
    text = files(__package__).joinpath("words", f"{language}.txt").read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    for line in text.splitlines():
        if line.startswith("["):
            current = sections.setdefault(line.strip("[]"), [])
        elif line and not line.startswith("#"):
            current.extend(line.split())
    return sections


@functools.cache
def first_names() -> frozenset[str]:
    """Return given names in Latin letters: Faker's of the USA, Britain and India, and our own list."""
    from faker.providers.person import en_GB, en_IN, en_US

    known = {name for country in (en_US, en_GB, en_IN) for name in country.Provider.first_names}
    return frozenset(known | words("en", "first-names"))


@functools.cache
def last_names() -> frozenset[str]:
    """Return surnames in Latin letters."""
    from faker.providers.person import en_GB, en_IN, en_US

    known = {name for country in (en_US, en_GB, en_IN) for name in country.Provider.last_names}
    return frozenset(known | {"Kim", "Lee", "Park", "Choi", "Jung", "Kang", "Cho", "Yoon", "Lim", "Han", "Seo", "Shin"})
