"""What a report says of itself, in English and Korean."""

from collections.abc import Mapping
from typing import Any, Final

Words = Mapping[str, Any]

_ENGLISH: Final[Mapping[str, Any]] = {
    "locale": "en",
    "kicker": "Interview study",
    "purpose": "Purpose",
    "audience": "Audience",
    "method": "Method",
    "interviews": "Interviews",
    "participants": "Participants",
    "findings": "Findings",
    "languages": "Languages",
    "ko": "Korean",
    "en": "English",
    "pain": "Pains",
    "need": "Needs",
    "takeaway": "Takeaways",
    "support": "{n} of {total} participants",
    "pinned": "pinned, though found no more",
    "more_quotes": "{n} more quotes",
    "no_findings": "No findings yet. They appear when an interview has been analysed.",
    "no_interviews": "This study has no interviews yet.",
    "no_summary": "Not analysed yet.",
    "processing": "Processing",
    "analyzing": "Analyzing",
    "completed": "Completed",
    "failed": "Failed",
    "turns": ("{n} turn", "{n} turns"),
    "people": ("{n} participant", "{n} participants"),
    "quality": "Quality {score} of 5",
    "profile": "Who they are",
    "sections": "Sections",
    "questions": "How might we",
    "leading": "Questions that lead",
    "turns_of": "turns {first}–{last}",
    "traits": {
        "age": "Age",
        "job": "Work",
        "experience": "Experience",
        "place": "Place",
        "family": "Family",
        "tools": "Tools",
        "habit": "Habit",
    },
    "methods": "How this was made",
    "methods_text": (
        "Every interview was analysed on its own and its findings merged across interviews. A finding's support counts "
        "the participants whose words it rests on, out of all participants of the completed interviews. Every quote "
        "was compared with the transcript: what is shown is what was said. The table names what made each result; "
        "the same transcript, engine and settings give the same result again."
    ),
    "merged": "Merged by {model} (rules <code>{hash}</code>).",
    "stale": "May no longer be true",
    "stale_text": "These were made before something changed that they rest on.",
    "rejected": (
        "{n} of {proposed} proposed quotes did not stand in a transcript and was left out.",
        "{n} of {proposed} proposed quotes did not stand in a transcript and were left out.",
    ),
    "columns": ("Interview", "Engine", "Model", "Prompt", "Transcript (SHA-256)"),
    "notes": "Notes",
    "turn": "turn {n}",
    "as_of": "As of {date}, event {seq}",
    "alone": "{n} more, each of one participant",
    "in_these_words": "In these words:",
    "percent": "\u00a0%",
    "contents": "Contents",
    "brief": "In brief",
    "personas": "Personas",
    "goal": "Goals",
    "behaviour": "Behaviours",
    "against": "Speaks against it",
    "their_words": "Words they use",
    "invented": "Called {name} here, an invented name",
    "nobody": "Nobody belongs to it yet.",
    "saturation": "Were these interviews enough?",
    "saturation_text": (
        "The curve counts different findings after each interview. Saturation is said by the method of Guest, Namey & "
        "Chen (2020, doi 10.1371/journal.pone.0232076): with the findings of the first {base} interviews as the "
        "measure, a run of {run} interviews that brings at most {threshold} new ones says that more of the same would "
        "bring little."
    ),
    "sat_none": "Nothing to say yet: no interview has been analysed.",
    "sat_few": "Too few interviews to say: the method needs {needed}, and there are {n}.",
    "sat_after": "Saturated after {after} interviews: what followed brought at most {threshold} new information.",
    "sat_not": "Not yet: the last {run} interviews brought {share} new information, more than {threshold}.",
    "sat_nothing": "Nothing to compare with: the first {base} interviews have no findings.",
    "saturated": "saturated",
    "as_found": "as found",
    "merged_curve": "merged",
    "band": "9 in 10 shuffled orders",
    "curve": "Findings heard by interview",
    "agreement": "Do coders agree?",
    "agreement_text": (
        "Compared: {coders}, on the turns that several of them judged. κ and α say how far they agree beyond chance: 1 "
        "is always, 0 is as chance would."
    ),
    "agreement_columns": ("Code", "Turns", "Agreement", "κ", "α"),
    "all codes": "all codes",
    "undefined": "undefined",
    "quotes": "How quotes were checked",
    "quotes_text": (
        "Whatever wrote a finding, a quote in it is shown only where its words stand in the transcript, compared by a "
        "program, character by character; what is shown is cut from the transcript itself. Each quote leads to its "
        "place, with the question before it, at the end of this page."
    ),
    "limits": "What to keep in mind",
    "limits_text": (
        "These are the words of {people}. They say what there is, not how frequent it is among others. Which "
        "words make a finding was decided by a program, so a finding may be missing, or be read into words that meant "
        "something else: before much rests on one, read its quotes in their place."
    ),
    "judged": ("People judged {n} of the findings.", "People judged {n} of the findings."),
    "places": "Where the quotes stand",
    "place": "{title}, turn {n}",
}
_KOREAN: Final[Mapping[str, Any]] = {
    "locale": "ko",
    "kicker": "인터뷰 연구",
    "purpose": "목적",
    "audience": "대상",
    "method": "방법",
    "interviews": "인터뷰",
    "participants": "참여자",
    "findings": "발견",
    "languages": "언어",
    "ko": "한국어",
    "en": "영어",
    "pain": "불편",
    "need": "니즈",
    "takeaway": "핵심 내용",
    "support": "참여자 {total}명 중 {n}명",
    "pinned": "더 이상 발견되지 않으나 고정됨",
    "more_quotes": "인용 {n}개 더 보기",
    "no_findings": "아직 발견이 없습니다. 인터뷰 분석이 끝나면 표시됩니다.",
    "no_interviews": "아직 인터뷰가 없습니다.",
    "no_summary": "아직 분석되지 않았습니다.",
    "processing": "처리 중",
    "analyzing": "분석 중",
    "completed": "완료",
    "failed": "실패",
    "turns": ("발언 {n}개", "발언 {n}개"),
    "people": ("참여자 {n}명", "참여자 {n}명"),
    "quality": "품질 5점 중 {score}점",
    "profile": "참여자 소개",
    "sections": "구간",
    "questions": "어떻게 하면",
    "leading": "유도 질문",
    "turns_of": "발언 {first}–{last}",
    "traits": {
        "age": "나이",
        "job": "하는 일",
        "experience": "경력",
        "place": "사는 곳",
        "family": "가족",
        "tools": "쓰는 도구",
        "habit": "습관",
    },
    "methods": "작성 방법",
    "methods_text": (
        "인터뷰를 하나씩 분석한 뒤 발견을 인터뷰 사이에서 합쳤습니다. 근거 수는 완료된 인터뷰의 전체 참여자 가운데 "
        "그 발견을 말로 뒷받침한 참여자의 수입니다. 모든 인용은 녹취록과 대조했으며, 실제로 말한 그대로 보여 줍니다. "
        "아래 표는 각 결과를 무엇으로 만들었는지 밝힙니다. 같은 녹취록, 엔진, 설정이면 같은 결과가 나옵니다."
    ),
    "merged": "{model}(규칙 <code>{hash}</code>)(으)로 합쳤습니다.",
    "stale": "더 이상 맞지 않을 수 있음",
    "stale_text": "아래 결과는 그 근거가 바뀌기 전에 만들어졌습니다.",
    "rejected": ("제안된 인용 {proposed}개 가운데 녹취록에 없는 {n}개는 제외했습니다.",) * 2,
    "columns": ("인터뷰", "엔진", "모델", "프롬프트", "녹취록 (SHA-256)"),
    "notes": "메모",
    "turn": "발언 {n}",
    "as_of": "{date} 기준, 이벤트 {seq}",
    "alone": "참여자 한 명만 말한 발견 {n}개 더 보기",
    "in_these_words": "말한 그대로:",
    "percent": "%",
    "contents": "차례",
    "brief": "요약",
    "personas": "페르소나",
    "goal": "목표",
    "behaviour": "행동",
    "against": "다른 의견",
    "their_words": "자주 쓰는 말",
    "invented": "여기서 부르는 이름: {name} (실제 인물의 이름이 아님)",
    "nobody": "아직 속한 인터뷰가 없습니다.",
    "saturation": "인터뷰는 충분했는가",
    "saturation_text": (
        "곡선은 인터뷰마다 그때까지 나온 서로 다른 발견의 수입니다. 포화 여부는 Guest, Namey & Chen(2020, "
        "doi 10.1371/journal.pone.0232076)의 방법을 따릅니다. 처음 {base}건에서 나온 발견을 기준으로, 이어지는 "
        "{run}건에서 새로 나온 발견이 {threshold} 이하이면 같은 방식의 인터뷰를 더 해도 새로운 것이 적다고 봅니다."
    ),
    "sat_none": "아직 말할 수 있는 것이 없습니다. 분석된 인터뷰가 없습니다.",
    "sat_few": "판단하기에 인터뷰가 부족합니다. 이 방법에는 {needed}건이 필요한데 {n}건이 있습니다.",
    "sat_after": "인터뷰 {after}건 이후 포화되었습니다. 이어진 인터뷰가 가져온 새 정보는 {threshold} 이하였습니다.",
    "sat_not": "아직 포화되지 않았습니다. 마지막 {run}건이 가져온 새 정보는 {share}로, {threshold}보다 많습니다.",
    "sat_nothing": "비교할 것이 없습니다. 처음 {base}건에서 나온 발견이 없습니다.",
    "saturated": "포화",
    "as_found": "합치기 전",
    "merged_curve": "합친 뒤",
    "band": "순서를 섞은 10번 중 9번",
    "curve": "인터뷰별 누적 발견",
    "agreement": "코더의 판단은 일치하는가",
    "agreement_text": (
        "비교한 코더: {coders}. 여럿이 함께 판단한 발언만 셉니다. κ와 α는 우연을 넘어 얼마나 일치하는지를 뜻하며, "
        "1은 완전한 일치, 0은 우연 수준입니다."
    ),
    "agreement_columns": ("코드", "발언", "일치율", "κ", "α"),
    "all codes": "모든 코드",
    "undefined": "정의되지 않음",
    "quotes": "인용은 어떻게 확인했는가",
    "quotes_text": (
        "발견을 무엇이 썼든, 인용은 그 말이 녹취록에 실제로 있을 때만 보여 줍니다. 프로그램이 글자 단위로 대조하며, "
        "보여 주는 말은 녹취록에서 그대로 가져온 것입니다. 인용마다 이 문서 끝에 있는, "
        "바로 앞 질문이 함께 실린 자리로 갈 수 있습니다."
    ),
    "limits": "읽을 때 유의할 점",
    "limits_text": (
        "이 보고서는 {people}의 말입니다. 무엇이 있는지를 말해 줄 뿐, 다른 사람들 사이에서 얼마나 흔한지는 말해 주지 "
        "않습니다. 어떤 말이 발견이 되는지는 프로그램이 정했으므로 빠진 발견이 있을 수 있고, "
        "다른 뜻으로 한 말을 잘못 읽었을 수도 있습니다. 중요한 판단에 앞서 인용을 그 자리에서 읽어 보십시오."
    ),
    "judged": ("발견 가운데 {n}개는 사람이 판단했습니다.",) * 2,
    "places": "인용이 있는 자리",
    "place": "{title}, 발언 {n}",
}


def words_of(locale: str) -> Words:
    return _KOREAN if locale == "ko" else _ENGLISH


def counted(forms: tuple[str, str], n: int | None, **others: str) -> str:
    """Return the form for one or for many; nothing for none."""
    return forms[n != 1].format(n=f"{n:,}", **others) if n else ""
