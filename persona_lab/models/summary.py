"""What a project's findings come to: summed up in words, or fed to a knowledge base."""

from persona_lab.models.conversation import Citation
from persona_lab.models.values import Value


class Summary(Value):
    """What a project's findings say together.

    Attributes:
        text: with marks such as `[1]` where it cites; MISO's cites nothing.
        findings: how many findings it was made from.
        engine, model: what made it.
    """

    text: str
    citations: tuple[Citation, ...] = ()
    findings: int
    engine: str
    model: str


class Fed(Value):
    """What a knowledge base was given.

    Attributes:
        base, document: their ids in MISO; feeding again puts other findings into the same document.
        findings, quotes: how many.
        redaction: what the project hid of them.
    """

    base: str
    document: str
    findings: int
    quotes: int
    redaction: str
