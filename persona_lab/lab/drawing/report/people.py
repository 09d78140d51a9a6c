"""The personas of a report, as cards: whom they rest on, what they say, and what speaks against it."""

from html import escape
from typing import Final

from persona_lab.lab.drawing.report.parts import heading, lang_of, quotes_html
from persona_lab.lab.drawing.report.told import Places, Told
from persona_lab.lab.drawing.report.words import Words
from persona_lab.lab.people import cards
from persona_lab.lab.people.cards import KINDS, Card
from persona_lab.models import PersonaTrait

WORDS_SHOWN: Final = 8
PICTURE_PIXELS: Final = 72


def personas_html(told: Told, places: Places, words: Words, locale: str) -> list[str]:
    """Return all personas; nothing where there are none."""
    if not told.personas:
        return []
    return [heading("personas", words), *(_card(card, places, words, locale) for card in told.personas)]


def _card(card: Card, places: Places, words: Words, locale: str) -> str:
    persona, portrait = card.persona, card.persona.portrait
    lang = lang_of(portrait.language if portrait else None)
    named = " · ".join(part for part in (persona.label, cards.title_of(persona)) if part)
    about = [
        cards.people(persona, cards.words_of(locale)),
        words["invented"].format(name=portrait.name) if portrait and portrait.name else "",
        cards.place_of(persona, card.axes),
    ]
    size = f'width="{PICTURE_PIXELS}" height="{PICTURE_PIXELS}"'
    parts = [
        '<section class="persona">',
        f'<img src="{escape(card.picture)}" alt="" {size}>' if card.picture.startswith("data:image/") else "",
        f'<h3 dir="auto"{lang}>{escape(named)}</h3>',
        f'<p class="about">{escape(" · ".join(part for part in about if part))}</p>',
        f'<p dir="auto">{escape(persona.description)}</p>' if persona.description else "",
        f'<p dir="auto"{lang}>{escape(portrait.summary)}</p>' if portrait and portrait.summary else "",
    ]
    for kind in KINDS:
        its = [trait for trait in (portrait.traits if portrait else ()) if trait.kind == kind]
        if its:
            items = "\n".join(_trait(trait, places, words) for trait in its)
            parts.append(f"<h4>{words[kind]}</h4>\n<ul>\n{items}\n</ul>")
    if portrait and portrait.words:
        said = ", ".join(one.word for one in portrait.words[:WORDS_SHOWN])
        parts.append(f'<h4>{words["their_words"]}</h4><p dir="auto"{lang}>{escape(said)}</p>')
    return "\n".join(part for part in [*parts, "</section>"] if part)


def _trait(trait: PersonaTrait, places: Places, words: Words) -> str:
    support = words["support"].format(n=trait.support, total=trait.participants)
    against = ""
    if trait.against:
        figures = quotes_html(trait.against[:2], places, words)
        against = f"<details><summary>{words['against']}</summary>\n{figures}\n</details>"
    quotes = quotes_html(trait.quotes[:1], places, words)
    return f'<li dir="auto">{escape(trait.text)} <small>{support}</small>{quotes}{against}</li>'
