import sqlite3

import httpx
import pytest

from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server
from tests.support.streams import Stream, asked
from tests.support.uploading import processed, upload

UNTOLD = "Do participants collect antique clocks from Belgium?"


def parts(stream: Stream) -> dict[str, list[dict[str, object]]]:
    """Return the parts of a whole answer by their type."""
    found: dict[str, list[dict[str, object]]] = {"started": [], "delta": [], "citation": [], "done": [], "error": []}
    for content in stream.contents():
        found[str(content["type"])].append(content)
    return found


def text(found: dict[str, list[dict[str, object]]]) -> str:
    return "".join(str(part["text"]) for part in found["delta"])


@pytest.mark.parametrize(
    "question", ["What is frustrating about the card form?", UNTOLD, "결제할 때 무엇이 불편한가요?"]
)
def test_an_answer_has_exactly_one_end_and_it_is_last(
    http: httpx.Client, analysed: dict[str, str], question: str
) -> None:
    with asked(http, question, analysed["project_id"]) as stream:
        types = [content["type"] for content in stream.contents()]
    assert types.count("done") + types.count("error") == 1
    assert types[-1] == "done"


def test_an_answer_cites_what_was_said(http: httpx.Client, analysed: dict[str, str]) -> None:
    with asked(http, "What is frustrating about the card form?", analysed["project_id"]) as stream:
        found = parts(stream)
    assert "[1]" in text(found)
    assert "card form is really frustrating" in str(found["citation"][0])


def test_each_citation_stands_in_the_transcript_where_it_says(http: httpx.Client, analysed: dict[str, str]) -> None:
    transcript = http.get(f"/api/interviews/{analysed['interview_id']}/transcript").json()
    with asked(http, "What is frustrating about the card form?", analysed["project_id"]) as stream:
        citations = parts(stream)["citation"]
    assert citations
    for number, citation in enumerate(citations, start=1):
        quote = citation["quote"]
        assert isinstance(quote, dict)
        assert citation["n"] == number
        assert transcript["text"][quote["start"] : quote["end"]] == quote["text"]
        turn = transcript["turns"][quote["turn"]]
        assert turn["start"] <= quote["start"] < quote["end"] <= turn["end"]
        assert (quote["speaker"], quote["interview_id"]) == (turn["speaker"], analysed["interview_id"])


def test_each_finding_rests_on_words_that_stand_in_the_transcript(http: httpx.Client, analysed: dict[str, str]) -> None:
    transcript = http.get(f"/api/interviews/{analysed['interview_id']}/transcript").json()
    result = http.get(f"/api/interviews/{analysed['interview_id']}").json()["result"]
    quotes = [quote for finding in result["insights"] for quote in finding["quotes"]] + result["summary_quotes"]
    assert len(result["insights"]) >= 2
    for quote in quotes:
        assert quote["status"] in ("exact", "normalised", "repaired")
        assert transcript["text"][quote["start"] : quote["end"]] == quote["text"]
        turn = transcript["turns"][quote["turn"]]
        assert turn["role"] == "participant"
        assert turn["start"] <= quote["start"] < quote["end"] <= turn["end"]


def test_each_turn_stands_in_the_transcripts_text(http: httpx.Client, analysed: dict[str, str]) -> None:
    transcript = http.get(f"/api/interviews/{analysed['interview_id']}/transcript").json()
    assert transcript["text"] == CHECKOUT
    assert len(transcript["turns"]) == 4
    for turn in transcript["turns"]:
        assert transcript["text"][turn["start"] : turn["end"]] == turn["text"]


def test_a_result_says_what_made_it(http: httpx.Client, analysed: dict[str, str]) -> None:
    transcript = http.get(f"/api/interviews/{analysed['interview_id']}/transcript").json()
    made = http.get(f"/api/interviews/{analysed['interview_id']}").json()["result"]["provenance"]
    assert (made["engine"], made["run_id"]) == ("local", f"{analysed['interview_id']}:1")
    assert made["transcript_sha256"] == transcript["sha256"]
    assert made["model"]
    assert made["prompt_hash"]


def test_what_nobody_spoke_of_is_said_to_be_untold(http: httpx.Client, analysed: dict[str, str]) -> None:
    with asked(http, UNTOLD, analysed["project_id"]) as stream:
        found = parts(stream)
    assert found["citation"] == []
    assert "interviews don’t tell" in text(found).replace("'", "’")


def test_a_project_without_interviews_tells_nothing(http: httpx.Client, project_id: str) -> None:
    with asked(http, "What is frustrating?", project_id) as stream:
        found = parts(stream)
    assert (found["citation"], len(found["done"])) == ([], 1)


def test_the_same_question_gets_the_same_answer(http: httpx.Client, analysed: dict[str, str]) -> None:
    answers = []
    for _ in range(2):
        with asked(http, "What is frustrating about the card form?", analysed["project_id"]) as stream:
            found = parts(stream)
        answers.append((found["delta"], found["citation"]))
    assert answers[0] == answers[1]


def test_a_question_to_one_interview_is_answered_from_it_alone(http: httpx.Client, project_id: str) -> None:
    ids = [upload(http, project_id, interview_text(topic), f"{topic}.txt") for topic in ("the coupon", "the refund")]
    for interview_id in ids:
        processed(http, interview_id)
    with asked(http, "What is frustrating and takes too long?", project_id, interviewId=ids[0]) as stream:
        citations = parts(stream)["citation"]
    assert {citation["quote"]["interview_id"] for citation in citations} == {ids[0]}


@pytest.mark.parametrize(
    ("body", "status", "code", "named"),
    [
        ({"messages": [{"role": "user", "content": "Why?"}]}, 422, "invalid_request", "project_id"),
        ({"project_id": "{id}", "messages": []}, 422, "invalid_request", "messages"),
        ({"project_id": "{id}", "messages": [{"role": "user", "content": " "}]}, 422, "invalid_request", "question"),
        ({"project_id": "{id}", "messages": [{"role": "assistant", "content": "x"}]}, 422, "invalid_request", "user's"),
        ({"project_id": "{id}", "messages": [{"role": "system", "content": "x"}]}, 422, "invalid_request", "role"),
        ({"project_id": "nowhere", "messages": [{"role": "user", "content": "Why?"}]}, 404, "project_not_found", "lab"),
    ],
)
def test_a_question_that_cant_be_asked_says_why(
    http: httpx.Client, project_id: str, body: dict[str, object], status: int, code: str, named: str
) -> None:
    if body.get("project_id") == "{id}":
        body = {**body, "project_id": project_id}
    answer = http.post("/api/chat", json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert named in answer.json()["detail"]


def test_search_finds_the_turns_that_fit_best_first(http: httpx.Client, analysed: dict[str, str]) -> None:
    params: dict[str, str | int] = {"q": "delivery address", "k": 2}
    found = http.get(f"/api/projects/{analysed['project_id']}/search", params=params).json()
    assert "delivery address" in found[0]["text"]
    assert len(found) == 2
    assert found[0]["score"] >= found[1]["score"]
    assert "meanings" not in found[0]


def test_search_finds_what_is_meant_in_other_words_and_in_another_language(
    http: httpx.Client, analysed: dict[str, str]
) -> None:
    for question in ("Is it annoying to pay by credit card?", "카드로 결제할 때 짜증나는 점은?"):
        found = http.get(f"/api/projects/{analysed['project_id']}/search", params={"q": question}).json()
        assert "card form is really frustrating" in found[0]["text"]


def test_search_knows_a_speaker_by_the_name_that_people_gave(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    params = {"q": "What did Jiwon say?"}
    before = http.get(f"/api/projects/{project_id}/search", params=params).json()
    change = {"speakers": [{"speaker": "Mina", "name": "Jiwon"}]}
    assert http.patch(f"/api/interviews/{interview_id}/speakers", json=change).status_code == 200
    after = http.get(f"/api/projects/{project_id}/search", params=params).json()
    scores = [{turn["turn"]: turn["score"] for turn in found} for found in (before, after)]
    assert all(scores[1][turn] > scores[0].get(turn, 0) for turn in (1, 3))


def test_a_workspace_from_before_meanings_is_searched_by_meaning(server: Server, project_id: str) -> None:
    with server.client() as http:
        processed(http, upload(http, project_id, CHECKOUT))
        with sqlite3.connect(server.workspace / "persona_lab.sqlite") as database:
            database.execute("DELETE FROM meanings")
        database.close()
        params = {"q": "카드로 결제할 때 짜증나는 점은?"}
        assert "card form" in http.get(f"/api/projects/{project_id}/search", params=params).json()[0]["text"]


def test_a_workspace_from_before_sentences_were_kept_answers_alike(server: Server, project_id: str) -> None:
    answers = []
    with server.client() as http:
        processed(http, upload(http, project_id, CHECKOUT))
        for _ in range(2):
            with asked(http, "What is frustrating about the card form?", project_id) as stream:
                found = parts(stream)
            answers.append((found["delta"], found["citation"]))
            with sqlite3.connect(server.workspace / "persona_lab.sqlite") as database:
                gone = database.execute("DELETE FROM meanings WHERE of LIKE 'turn %'").rowcount
            database.close()
            assert bool(gone) is (len(answers) == 1)
    assert answers[0] == answers[1]


def test_a_deleted_interview_is_not_found_by_search(http: httpx.Client, project_id: str) -> None:
    interview_id = upload(http, project_id, CHECKOUT)
    processed(http, interview_id)
    search = f"/api/projects/{project_id}/search?q=card form"
    assert http.get(search).json() != []
    http.delete(f"/api/interviews/{interview_id}")
    assert http.get(search).json() == []
    http.post(f"/api/interviews/{interview_id}/restore")
    assert http.get(search).json() != []


def test_insights_are_merged_with_the_people_behind_them(http: httpx.Client, project_id: str) -> None:
    from tests.support.streams import follow

    epoch = http.get(f"/api/projects/{project_id}").json()["epoch"]
    with follow(http, project_id, after=f"{epoch}-1") as stream:
        upload(http, project_id, CHECKOUT, "mina.txt")
        upload(http, project_id, CHECKOUT.replace("Mina", "Jun"), "jun.txt")
        completed = 0
        while (content := stream.content())["type"] != "insights:merged" or completed < 2:
            completed += content["type"] == "interview:completed"
    found = http.get(f"/api/projects/{project_id}/insights").json()
    pain = next(insight for insight in found if "card form" in insight["text"])
    assert (pain["support"], pain["participants"]) == (2, 2)
    assert {quote["speaker"] for quote in pain["quotes"]} == {"Mina", "Jun"}
