"""XML from strangers: no document type, no entities, nothing fetched, no depth without end."""

import re
from typing import Any

from persona_lab.errors import UnreadableText

DOCUMENT_TYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)|<\0!\0D\0O\0C\0T\0Y\0P\0E|<\0!\0E\0N\0T\0I\0T\0Y", re.I)
# More levels than any text program makes; the tables within tables of a real document end before ten.
LIMIT_DEPTH = 200


def parse(raw: bytes) -> Any:
    """Return the root element (lxml) of XML that refers to nothing outside itself.

    Raises:
        UnreadableText: it is not well-formed, is nested without end, or declares a document type or entities.
    """
    # Loaded here: it takes 0.1 s, and most transcripts are text.
    from lxml import etree

    if declares_entities(raw):
        raise UnreadableText(
            "its XML declares entities (<!DOCTYPE>), as no text program does and attacks do. Open it and save it again."
        )
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        what = "nested too deeply" if "depth" in str(error) else "damaged"
        raise UnreadableText(f"its XML is {what}. Open it and save it again.") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise UnreadableText("its XML declares entities (<!DOCTYPE>). Open it and save it again.")
    return root


def declares_entities(raw: bytes) -> bool:
    return DOCUMENT_TYPE.search(raw) is not None


def local(element: Any) -> str:
    """Return the element's name without its namespace; empty for what is no element."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
