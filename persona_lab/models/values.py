"""What every word of the house is made of: a value that nobody changes."""

from datetime import UTC, datetime

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


def now() -> datetime:
    return datetime.now(UTC)


def _spellings(name: str) -> str | AliasChoices:
    """Return under which names a field is read."""
    return name if to_camel(name) == name else AliasChoices(name, to_camel(name))


class Value(BaseModel):
    """A frozen value that reads snake_case and camelCase and writes snake_case."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=AliasGenerator(validation_alias=_spellings),
        populate_by_name=True,
    )
