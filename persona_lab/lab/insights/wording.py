"""What a board of insights says in words, in English and Korean; the names of its controls are the page's own."""

from collections.abc import Mapping
from typing import Any, Final

from persona_lab.lab.drawing.amounts import counted

Words = Mapping[str, Any]

_ENGLISH: Final[Words] = {
    "kinds": {"pain": "Pains", "need": "Needs", "takeaway": "Takeaways"},
    "kind": {
        "pain": ("1 pain", "{n} pains"),
        "need": ("1 need", "{n} needs"),
        "takeaway": ("1 takeaway", "{n} takeaways"),
    },
    "languages": {"en": "English", "ko": "Korean"},
    # The whole board
    "none": 'No insights yet. project.upload("interviews/*") brings interviews; their insights appear here.',
    "coming": "No insights yet. They appear here when an interview has been analysed.",
    "empty": "No insights were found in these interviews.",
    "no_match": "No insight fits these filters.",
    "pending": ("1 interview is still being analysed.", "{n} interviews are still being analysed."),
    "since": "These are from before: {changes}.",
    "added": ("1 interview was added", "{n} interviews were added"),
    "deleted": ("1 interview was deleted", "{n} interviews were deleted"),
    "again": ("1 interview was analysed again", "{n} interviews were analysed again"),
    "insight": ("1 insight", "{n} insights"),
    "of": "{n} of {total}",
    "topics": "What the interviews went through",
    "interviews": ("in 1 interview", "in {n} interviews"),
    "more": ("and 1 more", "and {n} more"),
    # One insight
    "support": ("{n} of {of} participant", "{n} of {of} participants"),
    "pinned": "pinned",
    "rejected": "rejected",
    "alone": "rests on one person",
    "found_no_more": "found no more, kept by its pin",
    "quote": ("1 quote", "{n} quotes"),
    "own_words": ("In their own words (1)", "In their own words ({n})"),
    "against": ("1 may speak against it", "{n} may speak against it"),
    "questions": "How might we …?",
    "notes": ("1 note", "{n} notes"),
    "related": "Near it, and not merged",
    "judged": "What people said of it",
    "by": {
        "pin": "pinned by {who}",
        "reject": "rejected by {who}",
        "rename": "renamed by {who}",
        "merge": "merged by {who}",
        "split": "split by {who}",
    },
    "made": "How it was made",
    "merged": "Merged by {model}, {at}",
    "stands": "Stands without any one of {share} of its interviews",
    "keywords": "Keywords: {words}",
    # What was done
    "did": {
        "rename": "Renamed: {what}",
        "pin": "Pinned: {what}",
        "unpin": "Unpinned: {what}",
        "reject": "Rejected: {what}",
        "restore": "Restored: {what}",
        "merge": "Merged: {what}",
        "undo": "Undone.",
        "take back": "Taken back.",
    },
}
_KOREAN: Final[Words] = {
    "kinds": {"pain": "불편", "need": "니즈", "takeaway": "핵심"},
    "kind": {
        "pain": ("불편 1건", "불편 {n}건"),
        "need": ("니즈 1건", "니즈 {n}건"),
        "takeaway": ("핵심 1건", "핵심 {n}건"),
    },
    "languages": {"en": "영어", "ko": "한국어"},
    "none": '아직 인사이트가 없습니다. project.upload("interviews/*") 로 인터뷰를 올리면 여기에 나타납니다.',
    "coming": "아직 인사이트가 없습니다. 인터뷰 분석이 끝나면 여기에 나타납니다.",
    "empty": "이 인터뷰들에서 찾은 인사이트가 없습니다.",
    "no_match": "이 조건에 맞는 인사이트가 없습니다.",
    "pending": ("인터뷰 1건을 아직 분석하고 있습니다.", "인터뷰 {n}건을 아직 분석하고 있습니다."),
    "since": "합친 뒤로 바뀐 것이 있습니다: {changes}.",
    "added": ("인터뷰 1건 추가", "인터뷰 {n}건 추가"),
    "deleted": ("인터뷰 1건 삭제", "인터뷰 {n}건 삭제"),
    "again": ("인터뷰 1건 다시 분석", "인터뷰 {n}건 다시 분석"),
    "insight": ("인사이트 1건", "인사이트 {n}건"),
    "of": "{total} 중 {n}건",
    "topics": "인터뷰에서 다룬 주제",
    "interviews": ("인터뷰 1건", "인터뷰 {n}건"),
    "more": ("외 1건", "외 {n}건"),
    "support": ("참여자 {of}명 중 {n}명", "참여자 {of}명 중 {n}명"),
    "pinned": "고정됨",
    "rejected": "제외됨",
    "alone": "한 사람의 말에만 근거함",
    "found_no_more": "더 이상 발견되지 않아 고정으로 남음",
    "quote": ("인용 1개", "인용 {n}개"),
    "own_words": ("참여자의 말 (1)", "참여자의 말 ({n})"),
    "against": ("반대 의견 후보 1개", "반대 의견 후보 {n}개"),
    "questions": "어떻게 하면 …?",
    "notes": ("메모 1개", "메모 {n}개"),
    "related": "비슷하지만 합치지 않은 것",
    "judged": "사람들이 한 판단",
    "by": {
        "pin": "{who}님이 고정",
        "reject": "{who}님이 제외",
        "rename": "{who}님이 이름 변경",
        "merge": "{who}님이 병합",
        "split": "{who}님이 분리",
    },
    "made": "만들어진 과정",
    "merged": "병합: {model}, {at}",
    "stands": "인터뷰의 {share}는 하나씩 빼도 유지됨",
    "keywords": "키워드: {words}",
    "did": {
        "rename": "이름 변경됨: {what}",
        "pin": "고정됨: {what}",
        "unpin": "고정 해제됨: {what}",
        "reject": "제외됨: {what}",
        "restore": "되살림: {what}",
        "merge": "병합됨: {what}",
        "undo": "취소했습니다.",
        "take back": "취소했습니다.",
    },
}


def words_of(locale: str) -> Words:
    return _KOREAN if locale == "ko" else _ENGLISH


def support(n: int, of: int, words: Words) -> str:
    """Return "3 of 5 participants"."""
    return str(words["support"][of != 1].format(n=n, of=of))


def since_merged(changes: Mapping[str, int], words: Words) -> str:
    """Say how interviews have changed since insights were merged; "" where they have not."""
    told = ", ".join(counted(words[what], n) for what, n in changes.items())
    return str(words["since"].format(changes=told)) if told else ""


def done(deed: str, text: str, n: int, words: Words) -> str:
    """Return "Pinned: “It takes too long”"."""
    return str(words["did"][deed].format(what=f"“{text}”" if n == 1 else counted(words["insight"], n)))
