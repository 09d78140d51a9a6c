"""A picture for each persona, drawn from its key: the same key, the same picture, without a network.

A bust of plain shapes, nobody's likeness. It brings its own ground, so it looks the same on a
light page as on a dark one.
"""

import hashlib
from collections.abc import Iterator
from xml.sax.saxutils import escape

TITLE_LETTERS = 80

# Ground, figure and ornament of one hue each, muted; neighbours differ in lightness, so they can be told apart
# without seeing colours.
PALETTE = (
    ("#d9e4e8", "#4f7484", "#f2c9a1"),
    ("#e6e0ee", "#6f6291", "#e9c46a"),
    ("#e2ead9", "#5f7f57", "#efb8a5"),
    ("#f1e3d6", "#96684b", "#a9c7c9"),
    ("#ecdfe2", "#8a5a6c", "#b9cfa8"),
    ("#dde3f0", "#52699b", "#f0c3b0"),
    ("#efe8d2", "#7d7142", "#b7bfe0"),
    ("#d8e9e3", "#3f7d70", "#eec98f"),
)
FACES = ("#fbf1e6", "#f7ebe0", "#fdf6ec")
# Which bytes of the key's digest decide what.
HUE, FACE, HEAD, BODY, CROWN, BEHIND, LEAN = range(7)


def avatar(key: str, title: str) -> str:
    """Return the picture of the persona with this key, SVG of less than 3 KB; `title` is read out in its place."""
    digest = hashlib.sha256(key.encode()).digest()
    clip = f"pl-{digest.hex()[:12]}"
    name = escape(" ".join(title.split())[:TITLE_LETTERS])
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96" role="img">'
        f"<title>{name}</title>"
        f'<clipPath id="{clip}"><rect width="96" height="96" rx="20"/></clipPath>'
        f'<g clip-path="url(#{clip})">{"".join(_shapes(digest))}</g></svg>'
    )


def _shapes(digest: bytes) -> Iterator[str]:
    ground, figure, ornament = PALETTE[digest[HUE] % len(PALETTE)]
    face = FACES[digest[FACE] % len(FACES)]
    lean = digest[LEAN] % 13 - 6
    yield f'<rect width="96" height="96" fill="{ground}"/>'
    yield _behind(digest[BEHIND], ornament)
    yield f'<g transform="rotate({lean} 48 96)">'
    yield _body(digest[BODY], figure, ornament)
    yield _head(digest[HEAD], face)
    yield _crown(digest[CROWN], figure)
    yield "</g>"


def _behind(byte: int, colour: str) -> str:
    x, y, size = 14 + byte % 5 * 17, 16 + byte // 5 % 4 * 9, 13 + byte // 20 % 3 * 4
    return (
        f'<circle cx="{x}" cy="{y}" r="{size}" fill="{colour}"/>',
        f'<rect x="{x - size}" y="{y - size}" width="{2 * size}" height="{2 * size}" rx="4" fill="{colour}"/>',
        f'<path d="M{x} {y - size}l{size} {2 * size}h-{2 * size}z" fill="{colour}"/>',
        f'<circle cx="{x}" cy="{y}" r="{size}" fill="none" stroke="{colour}" stroke-width="6"/>',
    )[byte // 60 % 4]


def _body(byte: int, figure: str, ornament: str) -> str:
    shoulders = f'<path d="M14 100c0-24 14-36 34-36s34 12 34 36z" fill="{figure}"/>'
    collar = (
        f'<path d="M38 65l10 14 10-14z" fill="{ornament}"/>',
        f'<path d="M36 66a12 10 0 0 0 24 0z" fill="{ornament}"/>',
        f'<path d="M16 88h64v5H16z" fill="{ornament}"/>',
        f'<circle cx="48" cy="80" r="2.5" fill="{ornament}"/><circle cx="48" cy="89" r="2.5" fill="{ornament}"/>',
        f'<path d="M30 69l12 31h9L38 65z" fill="{ornament}"/>',
    )[byte % 5]
    return shoulders + collar


def _head(byte: int, face: str) -> str:
    wide = 15 + byte % 3
    return (
        f'<rect x="41" y="52" width="14" height="18" rx="7" fill="{face}"/>'
        + (
            f'<circle cx="48" cy="42" r="{wide + 2}" fill="{face}"/>',
            f'<rect x="{48 - wide}" y="24" width="{2 * wide}" height="37" rx="{wide}" fill="{face}"/>',
            f'<rect x="{48 - wide}" y="25" width="{2 * wide}" height="35" rx="12" fill="{face}"/>',
        )[byte // 3 % 3]
    )


def _crown(byte: int, figure: str) -> str:
    return (
        f'<path d="M28 40a20 20 0 0 1 40 0q-10-12-20-10t-20 10z" fill="{figure}"/>',
        f'<path d="M28 44V36a20 18 0 0 1 40 0v8q-4-14-20-14T28 44z" fill="{figure}"/>',
        f'<path d="M27 62V40a21 21 0 0 1 42 0v22q-7-4-6-22-8-9-16-9t-14 9q1 18-6 22z" fill="{figure}"/>',
        f'<path d="M29 36a19 16 0 0 1 38 0z" fill="{figure}"/><rect x="25" y="34" width="46" height="4" rx="2"'
        f' fill="{figure}"/>',
        f'<circle cx="48" cy="19" r="7" fill="{figure}"/><path d="M29 39a19 18 0 0 1 38 0q-19-14-38 0z"'
        f' fill="{figure}"/>',
        f'<path d="M29 40q-2-22 22-19 18 1 16 19-10-3-14-10-8 9-24 10z" fill="{figure}"/>',
    )[byte % 6]
