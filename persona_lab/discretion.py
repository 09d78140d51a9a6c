"""What may be told of an error that nobody expected: its kind and where it was, for its words may be an interview's."""

import traceback

# What an error takes along to another process of where it was in this one.
PLACES = "places"


def described(error: BaseException) -> str:
    """Return the error for a log, without its message and those of the errors before it."""
    places = [*traceback.format_tb(error.__traceback__), *vars(error).get(PLACES, ())]
    return f"{type(error).__name__}\n{''.join(places)}"


def locate(error: BaseException) -> None:
    """Have the error say where it was when it is described in another process."""
    vars(error)[PLACES] = traceback.format_tb(error.__traceback__)
