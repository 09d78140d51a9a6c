"""What may be told of an error that nobody expected: its kind and where it was, for its words may be an interview's."""

import traceback


def described(error: BaseException) -> str:
    """Return the error for a log, without its message and those of the errors before it."""
    return f"{type(error).__name__}\n{''.join(traceback.format_tb(error.__traceback__))}"
