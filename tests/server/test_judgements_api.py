"""Judging insights, over HTTP."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from persona_lab.models import JudgementKind
from tests.support.making import CHECKOUT, interview_text
from tests.support.server import Server
from tests.support.uploading import log_of, processed, upload

NOWHERE = "0123456789ab"


@pytest.fixture
def study(http: httpx.Client, project_id: str) -> str:
    """A project with two completed interviews whose findings are merged; its id."""
    for name, text in (("mina", CHECKOUT), ("coupon", interview_text("the coupon"))):
        processed(http, upload(http, project_id, text, f"{name}.txt"))
    merged(http, project_id)
    return project_id


def merged(http: httpx.Client, project_id: str) -> None:
    """Wait until the findings are merged."""
    while True:
        told = [event["type"] for event in log_of(http, project_id)]
        newest = max((n for n, kind in enumerate(told) if kind.startswith("interview:")), default=-1)
        if "insights:merged" in told[newest:]:
            return


def insights_of(http: httpx.Client, project_id: str, **asked: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = http.get(f"/api/projects/{project_id}/insights", params=asked).json()
    return found


def judge(http: httpx.Client, project_id: str, insight_id: str, kind: JudgementKind, **body: object) -> httpx.Response:
    return http.post(f"/api/projects/{project_id}/insights/{insight_id}/judgements", json={"kind": kind, **body})


def one(http: httpx.Client, project_id: str, insight_id: str) -> dict[str, Any]:
    found: dict[str, Any] = http.get(f"/api/projects/{project_id}/insights/{insight_id}").json()
    return found


def analysed_again(http: httpx.Client, project_id: str, interview_id: str) -> None:
    body = {"speakers": [{"speaker": "Interviewer", "role": "other"}]}
    assert http.patch(f"/api/interviews/{interview_id}/speakers", json=body).status_code == 200
    processed(http, interview_id)
    merged(http, project_id)


def test_a_name_is_shown_at_once_and_announced_with_what_it_changes(http: httpx.Client, study: str) -> None:
    first = insights_of(http, study)[0]
    answer = judge(http, study, first["id"], "rename", text=" Checkout forgets people ")
    assert (answer.status_code, answer.json()["text"]) == (201, "Checkout forgets people")
    assert one(http, study, first["id"])["text"] == "Checkout forgets people"
    event = log_of(http, study)[-1]
    assert event["type"] == "insight:judged"
    assert event["data"]["judgement"] == answer.json()
    assert [row["text"] for row in event["data"]["changed"]] == ["Checkout forgets people"]
    assert event["data"]["gone"] == []


def test_the_same_again_is_the_same_judgement(http: httpx.Client, study: str) -> None:
    first = insights_of(http, study)[0]["id"]
    for kind, body in (("rename", {"text": "Mine"}), ("pin", {})):
        made, again = (judge(http, study, first, kind, **body) for _ in range(2))
        assert (made.status_code, again.status_code, again.json()) == (201, 200, made.json())
    assert len(http.get(f"/api/projects/{study}/judgements").json()) == 2


def test_what_is_rejected_is_listed_on_request_only(http: httpx.Client, study: str) -> None:
    before = insights_of(http, study)
    judge(http, study, before[0]["id"], "reject")
    assert [row["id"] for row in insights_of(http, study)] == [row["id"] for row in before[1:]]
    rejected = [row for row in insights_of(http, study, rejected=True) if row["is_rejected"]]
    assert [row["id"] for row in rejected] == [before[0]["id"]]


def test_every_judgement_can_be_undone_and_nothing_of_it_stays(http: httpx.Client, study: str) -> None:
    before = insights_of(http, study)
    first, second = before[0]["id"], before[1]["id"]
    steps: list[tuple[JudgementKind, dict[str, object]]] = [
        ("rename", {"text": "Mine"}),
        ("pin", {}),
        ("merge", {"others": [second]}),
        ("reject", {}),
    ]
    made = [judge(http, study, first, kind, **body).json() for kind, body in steps]
    for judgement in made:
        assert http.delete(f"/api/projects/{study}/judgements/{judgement['id']}").status_code == 204
    assert insights_of(http, study) == before
    assert http.get(f"/api/projects/{study}/judgements").json() == []


def test_merged_insights_count_everybodys_support_and_the_other_id_leads_there(http: httpx.Client, study: str) -> None:
    pains = [row for row in insights_of(http, study) if row["kind"] == "pain"]
    made = judge(http, study, pains[0]["id"], "merge", others=[pains[1]["id"]])
    assert made.status_code == 201
    both = one(http, study, pains[0]["id"])
    assert (both["support"], both["participants"], both["note"]) == (2, 2, "")
    assert both["text"] == pains[0]["text"]
    assert one(http, study, pains[1]["id"]) == both
    assert {(share["by"], share["value"], share["support"]) for share in both["spread"]} == {
        ("language", "en", 2),
        ("interview", "mina", 1),
        ("interview", "coupon", 1),
    }


def test_what_was_merged_by_a_person_can_be_split_again_by_interview(http: httpx.Client, study: str) -> None:
    pains = [row for row in insights_of(http, study) if row["kind"] == "pain"]
    judge(http, study, pains[0]["id"], "merge", others=[pains[1]["id"]])
    going = pains[1]["quotes"][0]["interview_id"]
    made = judge(http, study, pains[0]["id"], "split", interviews=[going], text="By itself").json()
    apart = [row for row in insights_of(http, study) if made["id"] in row["judgements"]]
    assert [(row["text"], row["support"]) for row in apart] == [("By itself", 1)]
    assert one(http, study, pains[0]["id"])["support"] == 1


def test_judgements_hold_after_another_analysis_a_deletion_and_a_restoration(http: httpx.Client, study: str) -> None:
    pains = [row for row in insights_of(http, study) if row["kind"] == "pain"]
    interview = pains[1]["quotes"][0]["interview_id"]
    judge(http, study, pains[0]["id"], "merge", others=[pains[1]["id"]], text="Slow things")
    judge(http, study, pains[0]["id"], "pin")

    def shown() -> list[tuple[str, int, bool]]:
        found = [row for row in insights_of(http, study) if row["text"] == "Slow things"]
        return [(row["text"], row["support"], row["is_pinned"]) for row in found]

    assert shown() == [("Slow things", 2, True)]
    analysed_again(http, study, interview)
    assert shown() == [("Slow things", 2, True)]
    http.delete(f"/api/interviews/{interview}")
    merged(http, study)
    assert shown() == [("Slow things", 1, True)]
    http.post(f"/api/interviews/{interview}/restore")
    merged(http, study)
    assert shown() == [("Slow things", 2, True)]


def test_a_pinned_insight_that_is_found_no_more_is_shown_with_its_quotes_and_says_so(
    http: httpx.Client, study: str
) -> None:
    """Who was a participant becomes somebody else, so the engine finds nothing in what they said."""
    pin = next(row for row in insights_of(http, study) if row["quotes"][0]["interview_title"] == "coupon")
    judge(http, study, pin["id"], "pin")
    interview = pin["quotes"][0]["interview_id"]
    body = {"speakers": [{"speaker": "Mina", "role": "interviewer"}, {"speaker": "Interviewer", "role": "participant"}]}
    http.patch(f"/api/interviews/{interview}/speakers", json=body)
    processed(http, interview)
    merged(http, study)
    lost = one(http, study, pin["id"])
    assert (lost["text"], lost["is_found"], lost["members"]) == (pin["text"], False, [])
    assert lost["note"].endswith("It is pinned, though it is found no more.")
    assert [quote["text"] for quote in lost["quotes"]] == [quote["text"] for quote in pin["quotes"]]


def test_the_snapshot_has_the_judgements(http: httpx.Client, study: str) -> None:
    made = judge(http, study, insights_of(http, study)[0]["id"], "pin").json()
    assert http.get(f"/api/projects/{study}/snapshot").json()["judgements"] == [made]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"kind": "praise"}, "kind: Input should be"),
        ({}, "kind: Field required"),
        ({"kind": "rename"}, "text: say what to call it."),
        ({"kind": "rename", "text": "a\nb"}, "text: String should match pattern"),
        ({"kind": "rename", "text": "a" * 1001}, "text: String should have at most 1000 characters"),
        ({"kind": "merge"}, "others: name the insights to merge with."),
        ({"kind": "merge", "others": ["a b"]}, "others.0: String should match pattern"),
        ({"kind": "split"}, "The insight has no finding there."),
        ({"kind": "split", "interviews": [NOWHERE]}, "The insight has no finding there."),
        ({"kind": "split", "quotes": [{"interview_id": "a", "turn": -1, "start": 0, "end": 1}]}, "quotes.0.turn"),
        ({"kind": "split", "quotes": [{"interview_id": "a", "turn": 0}]}, "quotes.0.start: Field required"),
    ],
)
def test_what_says_nothing_is_refused_and_changes_nothing(
    http: httpx.Client, study: str, body: dict[str, object], sentence: str
) -> None:
    first = insights_of(http, study)[0]["id"]
    answer = http.post(f"/api/projects/{study}/insights/{first}/judgements", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert sentence in answer.json()["detail"]
    assert http.get(f"/api/projects/{study}/judgements").json() == []


def test_an_insight_cant_be_merged_with_itself_or_split_whole(http: httpx.Client, study: str) -> None:
    first = insights_of(http, study)[0]
    itself = judge(http, study, first["id"], "merge", others=[first["id"]])
    assert (itself.status_code, itself.json()["detail"]) == (
        *(422, "That is one insight already, so there is nothing to merge."),
    )
    whole = judge(http, study, first["id"], "split", interviews=[first["quotes"][0]["interview_id"]])
    assert (whole.status_code, whole.json()["detail"]) == (
        *(422, "Nothing would be left. Name some of the quotes or interviews, not all."),
    )


def test_what_is_not_there_is_not_found(http: httpx.Client, study: str) -> None:
    first = insights_of(http, study)[0]["id"]
    answers = [
        judge(http, study, NOWHERE, "pin"),
        judge(http, "nowhere", first, "pin"),
        judge(http, study, first, "merge", others=[NOWHERE]),
        http.get(f"/api/projects/{study}/insights/{NOWHERE}"),
        http.delete(f"/api/projects/{study}/judgements/{NOWHERE}"),
        http.get("/api/projects/nowhere/judgements"),
        http.get(f"/api/projects/{study}/keywords", params={"interview_id": NOWHERE}),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "insight_not_found"),
        (404, "project_not_found"),
        (404, "insight_not_found"),
        (404, "insight_not_found"),
        (404, "judgement_not_found"),
        (404, "project_not_found"),
        (404, "interview_not_found"),
    ]


def test_a_judgement_of_another_project_is_not_found(http: httpx.Client, study: str) -> None:
    made = judge(http, study, insights_of(http, study)[0]["id"], "pin").json()
    other = http.post("/api/projects", json={"name": "another"}).json()["id"]
    assert http.delete(f"/api/projects/{other}/judgements/{made['id']}").status_code == 404
    assert len(http.get(f"/api/projects/{study}/judgements").json()) == 1


def test_keywords_are_those_of_participants(http: httpx.Client, study: str) -> None:
    words = {row["word"]: row for row in http.get(f"/api/projects/{study}/keywords").json()}
    assert "address" in words
    assert words["address"]["participants"] == 1
    # Only the interviewer says it.
    assert "paid" not in words


def test_judgements_hold_after_a_restart(start_server: Callable[[], Server]) -> None:
    first = start_server()
    with first.client() as http:
        project_id = http.post("/api/projects", json={"name": "study"}).json()["id"]
        processed(http, upload(http, project_id, CHECKOUT, "mina.txt"))
        merged(http, project_id)
        judge(http, project_id, insights_of(http, project_id)[0]["id"], "rename", text="Mine")
        before = insights_of(http, project_id)
    first.kill()
    with start_server().client() as http:
        assert insights_of(http, project_id) == before
        processed(http, upload(http, project_id, interview_text("the coupon"), "coupon.txt"))
        merged(http, project_id)
        assert "Mine" in {row["text"] for row in insights_of(http, project_id)}


SAID = {
    "mina": CHECKOUT,
    "coupon": interview_text("the coupon"),
    "again": interview_text("the coupon code"),
    "jun": CHECKOUT.replace("Mina", "Jun").replace("every time", "each and every time"),
}


def uploaded(http: httpx.Client, name: str, order: list[str]) -> str:
    project_id = str(http.post("/api/projects", json={"name": name}).json()["id"])
    for title in order:
        processed(http, upload(http, project_id, SAID[title], f"{title}.txt"))
        # Each is merged before the next one comes, so that what was there before could leave a trace.
        merged(http, project_id)
    return project_id


def test_another_order_of_uploading_gives_the_same_insights(http: httpx.Client) -> None:
    def content(project_id: str) -> list[tuple[object, ...]]:
        return sorted(
            (
                *(row["id"], row["kind"], row["text"], row["score"], row["support"], row["survival"]),
                *(tuple(row["keywords"]), tuple((one["id"], one["likeness"]) for one in row["related"])),
                tuple(sorted((quote["interview_title"], quote["start"], quote["text"]) for quote in row["quotes"])),
                tuple(sorted((quote["interview_title"], quote["start"]) for quote in row["contradictions"])),
            )
            for row in insights_of(http, project_id)
        )

    orders = [list(SAID), list(reversed(SAID)), ["again", "jun", "mina", "coupon"]]
    contents = [content(uploaded(http, f"order {n}", order)) for n, order in enumerate(orders)]
    assert contents[0]
    assert contents[1:] == [contents[0]] * 2
    assert max(row[4] for row in contents[0]) > 1
