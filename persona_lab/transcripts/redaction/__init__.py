"""Taking out of a text what is personal before it leaves the machine, and putting it back into what returns."""

from persona_lab.transcripts.redaction.finds import Find, apart, word
from persona_lab.transcripts.redaction.redacted import PSEUDONYM, Hidden, Redacted, Restoring, restore
from persona_lab.transcripts.redaction.scanning import Scan, scan, scan_texts, with_names

__all__ = [
    "PSEUDONYM", "Find", "Hidden", "Redacted", "Restoring", "Scan", "apart", "restore", "scan", "scan_texts",
    "with_names", "word",
]  # fmt: skip
