"""Web pages: each block of the page a line, what a reader of the page doesn't see left out.

Transcripts of podcasts (Podcasting 2.0) name who speaks in `<cite>` and when in
`<time>`, and are rendered as captions are.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from persona_lab.errors import FileTooLarge, UnreadableText
from persona_lab.transcripts.encoding import decode
from persona_lab.transcripts.formats.characters import fit
from persona_lab.transcripts.formats.layouts import read_layout
from persona_lab.transcripts.formats.spoken import Said, moment, render
from persona_lab.transcripts.formats.wordlist import words
from persona_lab.transcripts.markup import local
from persona_lab.transcripts.speech import Reading

SKIPPED = frozenset(
    words("""
        script style head title noscript template nav footer button select option textarea input svg math iframe
        object embed audio video canvas map del rt rp datalist dialog
    """)
)
BLOCKS = frozenset(
    words("""
        address article aside blockquote body caption center dd details div dl dt fieldset figcaption figure
        form h1 h2 h3 h4 h5 h6 header hr html legend li main menu ol p pre section summary table tbody tfoot
        thead tr ul
    """)
)
CELLS = frozenset({"td", "th"})
UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
SMALL_CELL_BLOCKS = 5
# A day of talking has some 50,000; each takes half a kilobyte once it is parsed.
LIMIT_TAGS = 500_000
SPACE = re.compile(r"[ \t\r\n\f]+")


def read_html(raw: bytes) -> Reading:
    decoded = decode(raw)
    return decoded.stamp(_read(decoded.text, decoded.encoding))


def _read(text: str, encoding: str) -> Reading:
    if text.count("<") > LIMIT_TAGS:
        raise FileTooLarge(f"the page has more than {LIMIT_TAGS:,} tags. Copy the transcript into a .txt file.")
    root = _parsed(text)
    if root is None:
        return Reading("", encoding, ())
    if cites := _cites(root):
        return render(list(_said(cites)), encoding)
    text = "\n".join(_lines(root))
    return read_layout(text, encoding, is_line_paragraph=True)


def _parsed(text: str) -> Any:
    from lxml import etree

    # Without "huge" the parser would stop at the 256th level or a long text, and say nothing.
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(text.encode("utf-8"), parser)
    except etree.ParserError:
        return None
    if any(error.level_name == "FATAL" for error in parser.error_log):
        raise UnreadableText("the page is nested too deeply. Copy the transcript from the browser into a .txt file.")
    return root


def _cites(root: Any) -> list[Any]:
    """Return the `<cite>` elements if the page is a podcast's transcript: each followed by a time or a paragraph."""
    cites = [element for element in root.iter("cite") if element.getnext() is not None]
    return [cite for cite in cites if local(cite.getnext()) in {"time", "p"}]


def _said(cites: list[Any]) -> Iterator[Said]:
    starts = set(cites)
    for cite in cites:
        speaker = _words(cite)
        time: float | None = None
        sibling = cite.getnext()
        while sibling is not None and sibling not in starts:
            if local(sibling) == "time":
                time = moment(_words(sibling))
            elif words := _words(sibling):
                yield Said(speaker, words, time)
                time = None
            sibling = sibling.getnext()


def _words(element: Any) -> str:
    return " ".join(line.strip() for line in _lines(element) if line.strip())


def _lines(root: Any) -> Iterator[str]:
    """Yield a line for each block; walked with a list rather than by recursion, since pages nest deeply."""
    pieces: list[str] = []
    for piece in [*_pieces(root), "\n"]:
        if piece != "\n":
            pieces.append(piece)
        elif line := _folded(pieces):
            yield line
            pieces = []
        else:
            pieces = []


def _folded(pieces: list[str]) -> str:
    return "\t".join(" ".join(cell.split()) for cell in fit("".join(pieces)).split("\t")).strip("\t ")


def _pieces(root: Any) -> Iterator[str]:
    """Yield words, a tab between cells and a line break between blocks, in the order of the page."""
    from lxml import etree

    walk = etree.iterwalk(root, events=("start", "end"))
    cell = None
    for event, element in walk:
        name = local(element)
        is_block = name in BLOCKS
        if event == "start":
            if name in SKIPPED or _is_unseen(element):
                walk.skip_subtree()
                continue
            if is_block or name == "br":
                yield "\n" if cell is None else " "
            elif name in CELLS and element.getprevious() is not None:
                yield "\t"
            if cell is None and name in CELLS and _is_small(element):
                cell = element
            yield from _text(element.text, element)
        else:
            if element is cell:
                cell = None
            if is_block:
                yield "\n" if cell is None else " "
            if element is not root:
                yield from _text(element.tail, element.getparent())


def _text(text: str | None, holder: Any) -> Iterator[str]:
    if not text:
        return
    if local(holder) == "pre":
        for number, line in enumerate(text.replace("\t", " ").splitlines()):
            if number:
                yield "\n"
            yield line
    else:
        yield SPACE.sub(" ", text)


def _is_small(cell: Any) -> bool:
    """Whether the cell is part of a row of a table rather than of the page's layout."""
    blocks = list(islice((child for child in cell.iterdescendants() if local(child) in BLOCKS), SMALL_CELL_BLOCKS + 1))
    return len(blocks) <= SMALL_CELL_BLOCKS and not any(local(block) == "table" for block in blocks)


def _is_unseen(element: Any) -> bool:
    return element.get("hidden") is not None or bool(UNSEEN.search(element.get("style") or ""))
