"""What is asked of one interview again and again: each sentence cites its words, or says what isn't there."""

import re

import pytest

from persona_lab.engines.analysing.analysis import analyse
from persona_lab.engines.answering.assisting import assist
from persona_lab.engines.base import Context
from persona_lab.models import Citation, CitedQuote, Delta, Finding, HowMightWe, Insight, InsightMember, Quote

PURPOSE = Context(purpose="Why do people leave at payment, and what do they think of subscriptions?")
ACTIONS = ("summary", "insights", "actions", "questions")


def written(parts):
    return "".join(part.text for part in parts if isinstance(part, Delta))


def cited(parts):
    return {part.n: part.quote for part in parts if isinstance(part, Citation)}


def assisted(action, transcript, context=PURPOSE):
    analysis = analyse(transcript, context, run_id="r")
    return assist(action, analysis, transcript, context, interview_id="a", interview_title="Mina")


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("which", ["checkout", "checkout_ko"])
def test_every_citation_stands_in_the_transcript_and_every_mark_has_one(action, which, request):
    transcript = request.getfixturevalue(which)
    parts = assisted(action, transcript)
    quotes = cited(parts)
    for quote in quotes.values():
        assert transcript.text[quote.start : quote.end] == quote.text
        assert (quote.interview_id, quote.speaker) == ("a", transcript.turns[quote.turn].speaker)
    assert {int(n) for n in re.findall(r"\[(\d+)\]", written(parts))} == set(quotes)


@pytest.mark.parametrize("action", ["summary", "insights", "actions"])
def test_every_point_is_cited(action, checkout):
    lines = [line for line in written(assisted(action, checkout)).split("\n") if line.startswith("- ")]
    assert lines
    assert [line for line in lines if not re.search(r"\[\d+\]$", line)] == []


def test_the_summary_of_the_local_engine_is_in_the_participants_words(checkout):
    parts = assisted("summary", checkout)
    assert f"- “{cited(parts)[1].text}” [1]" in written(parts)


def test_a_models_summary_keeps_its_sentences_with_all_they_rest_on(checkout):
    analysis = analyse(checkout, PURPOSE, run_id="r").model_copy(update={"summary": "Mina finds the form hard."})
    parts = assist("summary", analysis, checkout, PURPOSE)
    marks = "".join(f"[{n}]" for n in range(1, len(analysis.summary_quotes) + 1))
    assert f"- Mina finds the form hard. {marks}" in written(parts)


def test_findings_stand_by_kind_and_what_is_missing_is_said(make):
    quiet = make("Q: What do you do?", "P: I usually compare prices in three shops before I order groceries online.")
    text = written(assisted("insights", quiet))
    assert text.startswith("No pain is found in this interview.\n\nNo need is found in this interview.")
    assert "What else matters:" in text


def test_actions_explore_needs_and_check_what_hurts(checkout):
    text = written(assisted("actions", checkout))
    assert "- Look for a way to give them what they ask for: I wish it would remember my delivery address." in text or (
        "- Explore: How might we" in text
    )
    assert "- Find out whether this gets in others' way too:" in text


def test_an_action_that_opens_a_need_cites_the_need_and_its_obstacle(checkout):
    analysis = analyse(checkout, PURPOSE, run_id="r")
    numbers = [number for number, one in enumerate(analysis.insights) if one.kind in ("pain", "need")][:2]
    question = HowMightWe(text="How might we remember addresses?", findings=tuple(numbers))
    opened = analysis.model_copy(update={"how_might_we": (question,)})
    assert "- Explore: How might we remember addresses? [1][2]" in written(assist("actions", opened, checkout, PURPOSE))


def test_the_purpose_that_nobody_speaks_of_is_asked_for_next_time(checkout):
    text = written(assisted("questions", checkout))
    asked = re.findall(r"What can you tell me about “(\w+)”\?", text)
    assert "subscriptions" in asked
    assert "groceries" not in asked


def test_a_need_without_an_obstacle_is_asked_after(make):
    wish = make("Q: What would help?", "P: I wish I could see all my receipts on one page at the end of the year.")
    text = written(assisted("questions", wish))
    assert "You said: “I wish I could see all my receipts on one page" in text
    assert "What keeps you from having that today?" in text


def test_a_short_answer_that_was_passed_over_is_asked_again(make):
    transcript = make(
        "Q: How did the delivery of your groceries go last week?",
        "P: The driver forgot the milk.",
        "Q: Do you own a car?",
        "P: I own a small red car that I drive to work each morning, and my wife takes the bus instead.",
    )
    parts = assisted("questions", transcript)
    assert "You answered “The driver forgot the milk.” when asked “How did the delivery" in written(parts)
    assert {"The driver forgot the milk.", transcript.turns[0].text} <= {one.text for one in cited(parts).values()}


def test_a_short_answer_that_was_taken_up_is_left_alone(make):
    transcript = make(
        "Q: How did the delivery of your groceries go last week?",
        "P: The driver forgot the milk.",
        "Q: Why did the driver forget the milk?",
        "P: Because the list on his phone had not been updated since I changed my order in the evening.",
    )
    assert "You answered" not in written(assisted("questions", transcript))


def test_a_leading_question_is_to_be_asked_in_open_words(make):
    transcript = make("Q: The form is slow, isn't it?", "P: I pay at the counter of the shop, so I have never used it.")
    text = written(assisted("questions", transcript))
    assert "- Ask this again in open words: “The form is slow, isn't it?” It only asks for a nod. [" in text


def test_an_interview_that_leaves_nothing_open_says_so(make):
    transcript = make("Q: Hello.", "P: I usually compare prices in three shops before I order groceries online.")
    assert written(assisted("questions", transcript, Context())) == (
        "As far as its words tell, this interview leaves nothing open."
    )


def test_korean_interviews_are_answered_in_korean(checkout_ko):
    context = Context(purpose="결제할 때 왜 떠나는지, 구독을 어떻게 생각하는지 알아본다")
    assert "“구독”에 관해 말씀해 주시겠어요?" in written(assisted("questions", checkout_ko, context))
    assert written(assisted("insights", checkout_ko, context)).startswith("불편한 점:\n\n- ")


def test_a_finding_without_pain_or_need_gives_nothing_to_do(checkout):
    quote = Quote(turn=0, start=3, end=8, text="Thank")
    only = (Finding(kind="takeaway", text="Thanks.", quotes=(quote,)),)
    analysis = analyse(checkout, PURPOSE, run_id="r").model_copy(update={"insights": only, "how_might_we": ()})
    assert assist("actions", analysis, checkout, PURPOSE) == [
        Delta(text="No pain or need is found in this interview that one could act on.")
    ]


@pytest.mark.parametrize("action", ACTIONS)
def test_the_same_interview_gives_the_same_text(action, checkout):
    assert assisted(action, checkout) == assisted(action, checkout)


def asked(text):
    return [line.removeprefix("- ") for line in text.split("\n") if line.startswith("- ")]


def test_a_pain_is_asked_after_for_what_of_it_is_not_told(make):
    transcript = make(
        "Q: What is hard?",
        "P: The card form is really frustrating.",
        "Q: What else is hard?",
        "P: Every week the printer is broken, and I had to write it by hand.",
    )
    text = written(assisted("questions", transcript, Context()))
    assert "“The card form is really frustrating.” How often does that happen, and what follows from it?" in text
    assert "“Every week the printer is broken" not in text


def test_a_need_whose_obstacle_is_known_is_asked_after_for_what_they_do_today(make):
    words = "P: The receipts are a frustrating mess of paper receipts. I wish I could see my receipts on one page."
    text = written(assisted("questions", make("Q: What would help?", words), Context()))
    assert "“I wish I could see my receipts on one page.” What do you do today instead?" in text
    told = written(assisted("questions", make("Q: What would help?", f"{words} Today I keep a box."), Context()))
    assert "What do you do today instead?" not in told


def other_insight(words, *, kind="pain", title="Jun", **more):
    quote = CitedQuote(turn=1, start=0, end=len(words), text=words, interview_id="b", interview_title=title)
    member = InsightMember(interview_id="b", finding=0)
    return Insight(id=words, kind=kind, text=words, members=(member,), quotes=(quote,), support=1, **more)


def test_what_others_speak_of_and_never_came_up_here_is_asked_for_with_their_words(checkout):
    known = [
        other_insight("I hate the queue at the counter."),
        other_insight("The coupon field is broken."),
        other_insight("I dislike the parking lot.", is_rejected=True),
    ]
    analysis = analyse(checkout, PURPOSE, run_id="r")
    parts = assist("questions", analysis, checkout, PURPOSE, interview_id="a", interview_title="Mina", insights=known)
    text = written(parts)
    assert "- Others speak of the counter: “I hate the queue at the counter.” How is that for you?" in text
    assert [one.text for one in cited(parts).values() if one.interview_id == "b"] == [
        "I hate the queue at the counter."
    ]
    assert "coupon" not in "".join(line for line in asked(text) if line.startswith("Others"))
    assert "parking" not in text


def test_at_most_five_questions_are_asked_of_different_sorts(checkout):
    known = [other_insight("I hate the queue at the counter."), other_insight("I hate the fax in the office.")]
    analysis = analyse(checkout, PURPOSE, run_id="r")
    lines = asked(written(assist("questions", analysis, checkout, PURPOSE, interview_id="a", insights=known)))
    assert len(lines) == 5
    assert len({line.split("“")[0] for line in lines}) >= 3


def test_a_point_of_a_list_is_quoted_without_its_bullet(checkout):
    analysis = analyse(checkout, PURPOSE, run_id="r")
    quote = analysis.summary_quotes[0].model_copy(update={"text": "* I pay online."})
    listed = analysis.model_copy(update={"summary": "* I pay online.", "summary_quotes": (quote,)})
    assert "- “I pay online.” [1]" in written(assist("summary", listed, checkout, PURPOSE))
