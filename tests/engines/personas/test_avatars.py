from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from persona_lab.engines.personas.avatars import avatar

SVG = "{http://www.w3.org/2000/svg}"
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=300)


@given(key=TEXT, title=TEXT)
def test_any_key_and_title_give_a_small_picture_that_can_be_read(key: str, title: str) -> None:
    drawn = avatar(key, title)
    root = etree.fromstring(drawn)

    assert len(drawn.encode()) < 3_000
    assert root.get("role") == "img"
    assert root.findtext(f"{SVG}title") == " ".join(title.split())[:80]
    assert not {one.tag.removeprefix(SVG) for one in root.iter()} - {
        "svg", "title", "clipPath", "rect", "g", "circle", "path"
    }  # fmt: skip


def test_the_same_key_gives_the_same_picture() -> None:
    assert avatar("p-1", "Robin") == avatar("p-1", "Robin")


def test_personas_look_different() -> None:
    assert len({avatar(f"p-{at}", "Robin").split("</clipPath>")[1].split(">", 1)[1] for at in range(50)}) >= 48
