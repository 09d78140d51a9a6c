"""What a sentence is: a pain, a need, a delight, a need that is met, or none of them.

Small linear models over words, letters, cues and the sentence encoder. CARD.md
says what they were made of, how good they are and where they fail.
"""

from persona_lab.engines.tags.tagging import Tag, TagKind, score, tag

__all__ = ["Tag", "TagKind", "score", "tag"]
