"""Characters that no text holds and no database takes."""

import re

# All controls but tab and line breaks, and halves of characters that have lost the other half.
UNFIT = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]"
)


def fit(text: str) -> str:
    """Return the text without controls, pairs of surrogates as the one character they stand for."""
    kept = UNFIT.sub("", text)
    return kept.encode("utf-16-le", "surrogatepass").decode("utf-16-le") if not kept.isascii() else kept
