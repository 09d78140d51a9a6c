"""Make the list of words that sound good or bad: persona_lab/engines/tags/tone.txt.

    python -m tests.models.make_tone FOLDER LICENSE

FOLDER holds `vader_lexicon.txt` as the package vaderSentiment 3.3.2 (MIT) ships it, LICENSE is its licence. Only plain
words are kept; faces and marks sound like nothing in an interview.
"""

import re
import sys
from pathlib import Path

import persona_lab.engines.tags.tone as shipped

PLAIN = re.compile(r"[a-z]{2,}(?:['-][a-z]+)*")
HEAD = """\
English words and how good (to 4) or bad (to -4) ten people found them: those of VADER's lexicon that are
plain words. Hutto, C.J. & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis
of Social Media Text. Under this licence:
"""


def main() -> None:
    lexicon = Path(sys.argv[1], "vader_lexicon.txt").read_text(encoding="utf-8")
    licence = Path(sys.argv[2]).read_text(encoding="utf-8")
    words = {word: float(value) for word, value, *_ in (line.split("\t") for line in lexicon.strip().splitlines())}
    head = [f"# {line}".rstrip() for line in f"{HEAD}\n{licence.strip()}".splitlines()]
    kept = [f"{word}\t{words[word]:g}" for word in sorted(words) if PLAIN.fullmatch(word)]
    Path(shipped.__file__).with_name("tone.txt").write_text("\n".join([*head, *kept, ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
