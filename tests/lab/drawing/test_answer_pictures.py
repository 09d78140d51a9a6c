"""Answers as they stand in a saved notebook."""

from persona_lab.lab.drawing.answer_pictures import Told, answer_html, answer_text, conversation_html, conversation_text
from persona_lab.models import ChatMessage, Citation, CitedQuote, Conversation, now

HOSTILE = '<script>alert("1")</script>'


def quote(text: str, speaker: str = "P1", interview: str = "i1") -> CitedQuote:
    return CitedQuote(
        turn=1, start=0, end=len(text), text=text, interview_id=interview, interview_title="Checkout 01",
        speaker=speaker,
    )  # fmt: skip


def cite(n: int, text: str, *others: CitedQuote) -> Citation:
    return Citation(n=n, quote=quote(text), others=others)


def shown(text: str, *citations: Citation, state="complete", note=None, **more) -> str:
    return answer_html("Why?", [Told("", text, citations)], state, note, **more)


def written(text: str, *citations: Citation, state="complete", note=None, **more) -> str:
    return answer_text("Why?", [Told("", text, citations)], state, note, **more)


def test_hostile_text_is_escaped():
    told = Told(HOSTILE, f"{HOSTILE} [1]", [cite(1, HOSTILE, quote(HOSTILE, HOSTILE))])
    picture = answer_html(HOSTILE, [told], "incomplete", HOSTILE, questions=[HOSTILE], key='"><script>')
    assert "<script" not in picture
    assert "&lt;script&gt;" in picture


def test_a_number_in_the_answer_leads_to_its_quote():
    picture = shown("The cost [1].", cite(1, "Six dollars."), key="a7")
    assert '<a href="#a7-quote-1" id="a7-mark-1">[1]</a>' in picture
    assert '<li id="a7-quote-1" value="1"' in picture
    assert "“Six dollars.”" in picture


def test_a_number_says_how_many_participants_it_stands_for_and_opens_what_each_said():
    others = quote("Far too dear.", "P2"), quote("Dear, too.", "P1", "i2"), quote("Dear, I said.", "P1")
    picture = shown("The cost [1].", cite(1, "Six dollars.", *others), key="a7")
    assert '<a href="#a7-quote-1" id="a7-mark-1" title="3 participants">[1 ×3]</a>' in picture
    opened = picture.partition("<details><summary>3 participants</summary>")[2].partition("</details>")[0]
    assert [words in opened for words in ("Six dollars.", "Far too dear.", "P2, Checkout 01")] == [True] * 3
    assert "<script" not in picture


def test_a_number_without_a_quote_stays_text():
    assert '<p dir="auto">The cost [2].</p>' in shown("The cost [2].", cite(1, "Six dollars."))


def test_a_quote_cited_twice_has_one_anchor():
    picture = shown("Cost [1]. Again [1].", cite(1, "Six."), key="k")
    assert picture.count('id="k-mark-1"') == 1
    assert picture.count('href="#k-quote-1"') == 2


def test_a_quote_that_stands_in_the_answer_is_not_said_twice():
    picture = shown("- “Six dollars.” [1]", cite(1, "Six dollars."))
    assert picture.count("Six dollars.") == 1
    assert "P1, Checkout 01" in picture


def test_blank_lines_make_paragraphs_and_dashes_a_list():
    assert '<p dir="auto">One.</p>\n<p dir="auto">Two.<br>Three.</p>' in shown("One.\n\nTwo.\nThree.")
    assert (
        '<p dir="auto">Two speak:</p>\n<ul><li dir="auto">One.</li><li dir="auto">Two – and more.</li></ul>'
    ) in shown("Two speak:\n\n- One.\n- Two – and more.")


def test_an_answer_that_is_still_coming_says_so_even_before_its_first_word():
    assert "Answering" in answer_html("Why?", [], "streaming", None)


def test_an_answer_that_broke_off_keeps_what_came_and_says_why():
    text = written("The cost [1]", cite(1, "Six."), state="incomplete", note="The connection was lost.")
    assert text == (
        "Why?\n\nThe cost [1]\n\n(The answer ended early. The connection was lost.)\n\n[1] “Six.” (P1, Checkout 01)"
    )


def test_quotes_of_a_complete_answer_are_listed_by_number():
    text = written("Two [2], one [1].", cite(2, "B."), cite(1, "A.", quote("Aa.", "P2")))
    assert text.endswith("[1] “A.” (P1, Checkout 01; 2 participants)\n[2] “B.” (P1, Checkout 01)")


def test_several_who_answer_stand_one_under_the_other_each_with_its_own_numbers():
    told = [Told("P1", "Cost [1].", [cite(1, "Six.")]), Told("P2", "Time [1].", [cite(1, "Slow.")])]
    picture = answer_html("Why?", told, "complete", None, key="k")
    assert picture.index('<h4 dir="auto">P1</h4>') < picture.index("Six.") < picture.index('<h4 dir="auto">P2</h4>')
    assert picture.index("P2</h4>") < picture.index("Slow.")
    assert ('id="k-1-mark-1"' in picture, 'id="k-2-mark-1"' in picture) == (True, True)
    text = answer_text("Why?", told, "complete", None)
    assert text.index("P1:") < text.index("Six.") < text.index("P2:") < text.index("Slow.")


def test_what_one_might_ask_next_is_listed():
    assert '<li dir="auto">And then?</li>' in shown("Cost.", questions=["And then?"])
    assert written("Cost.", questions=["And then?"]).endswith("You might ask next:\n- And then?")


def test_a_conversation_is_readable_by_itself():
    at = now()
    conversation = Conversation(
        id="c", project_id="p", title="Leaving", created_by="mina", created_at=at, updated_at=at
    )
    head = {"conversation_id": "c", "created_at": at}
    messages = [
        ChatMessage(id="1", number=1, role="user", author="mina", content="@P1 Why?\nReally?", **head),
        ChatMessage(id="2", number=2, role="assistant", author="P1", persona_id="x", content="Cost [1].",
                    citations=(cite(1, "Six."),), state="stopped", note="It was stopped.", **head),
    ]  # fmt: skip
    text = conversation_text(conversation, messages)
    assert text == (
        "# Leaving\n\n## @P1 Why? Really?\n\n*mina*\n\n**P1**\n\nCost [1].\n\n- [1] “Six.” (P1, Checkout 01)\n\n"
        "*The answer ended early. It was stopped.*\n"
    )
    picture = conversation_html(conversation, messages)
    assert [word in picture for word in ("Leaving", "@P1 Why?<br>Really?", "P1</h4>", "It was stopped.")] == [True] * 4
