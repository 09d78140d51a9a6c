"""A picture for each persona, drawn from its key: the same key, the same picture, without a network."""


def avatar(key: str, title: str) -> str:
    """Return the picture of the persona with this key as SVG of less than 3 KB; `title` is read out in its place."""
    return ""
