"""XML of the standard: made so that every program takes it, and read without trust in who made it."""

import re
from typing import Any, Final

from persona_lab.errors import UnreadableText

PROJECT: Final = "urn:QDA-XML:project:1.0"
CODEBOOK: Final = "urn:QDA-XML:codebook:1.0"
# XML 1.0 has no way to write these at all.
IMPOSSIBLE: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
DOCUMENT_TYPE: Final = re.compile(
    rb"<!\s*(?:DOCTYPE|ENTITY)|<\0!\0D\0O\0C\0T\0Y\0P\0E|\0<\0!\0D\0O\0C\0T\0Y\0P\0E", re.I
)


def possible(text: str) -> str:
    """Return the text as XML can hold it; what can't be written is U+FFFD."""
    return IMPOSSIBLE.sub("\ufffd", text)


def parsed(raw: bytes, name: str) -> Any:
    """Return the root (lxml) of XML that refers to nothing outside itself.

    Raises:
        UnreadableText: it is damaged, or declares a document type or entities.
    """
    from lxml import etree

    if DOCUMENT_TYPE.search(raw):
        raise UnreadableText(
            f"{name}: its XML declares entities (<!DOCTYPE>), as no program for coding does and attacks do. "
            "Have the project exported again."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise UnreadableText(f"{name}: its XML is damaged ({error}). Have it exported again.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableText(f"{name}: its XML declares entities (<!DOCTYPE>). Have the project exported again.")
    return root


def local(element: Any) -> str:
    """Return the element's name without its namespace: some programs write another one, or none."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def children(element: Any, *names: str) -> list[Any]:
    """Return the element's children of these names, all without any."""
    return [] if element is None else [one for one in element if not names or local(one) in names]


def child(element: Any, name: str) -> Any:
    """Return the first child of that name, or None."""
    return next(iter(children(element, name)), None)


def words(element: Any, name: str) -> str:
    """Return what the child of that name says."""
    found = child(element, name)
    return "" if found is None else "".join(found.itertext())
