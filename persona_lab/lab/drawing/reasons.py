"""Why something failed, or may no longer be true, in the language of labels.

The server says it in English, once, whoever reads it. Korean goes by the error's code; a reason
of staleness is a sentence of a known form, whose parts are put into the Korean one.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from persona_lab.errors import PersonaLabError

UNEXPECTED: Final = {
    "en": "Something unexpected happened. The notebook's log says more.",
    "ko": "예상하지 못한 문제가 생겼습니다. 노트북의 로그에 자세한 내용이 있습니다.",
}

# By code. Where it stands for many things, {told} is what the server said of this one.
_ERRORS: Final = {
    "error": "요청한 일을 할 수 없었습니다. {told}",
    "transcript_error": "파일을 인터뷰로 읽을 수 없습니다. {told}",
    "empty_file": "파일이 비어 있습니다. 대화록이 들어 있는 파일을 선택하세요.",
    "file_too_large": "파일이 너무 큽니다. 대화록을 텍스트로 저장하거나 나누어 올리세요.",
    "unknown_format": "지원하지 않는 파일 형식입니다. 대화록을 .txt나 .docx로 저장하세요.",
    "unreadable_text": "파일의 내용을 읽을 수 없습니다. 손상되었거나 암호가 걸려 있을 수 있습니다. "
    "원본을 열어 .txt(UTF-8)나 .docx로 다시 저장하세요.",
    "no_speech": "파일에 대화가 없습니다. 표지나 스캔한 문서가 아니라 대화록인지 확인하세요.",
    "engine_error": "분석하지 못했습니다. {told}",
    "engine_unavailable": "분석 엔진이 응답하지 않습니다. 잠시 뒤 다시 시도하세요.",
    "engine_busy": "분석 엔진에 요청이 너무 많습니다. 잠시 뒤 다시 시도하세요.",
    "engine_timed_out": "분석이 너무 오래 걸렸습니다. 다시 시도하거나 대화록을 나누세요.",
    "engine_refused": "분석 엔진이 이 인터뷰를 거부했습니다. {told}",
    "engine_not_set_up": "분석 엔진이 설정되지 않았습니다. `persona-lab doctor`가 필요한 설정을 알려 줍니다.",
    "engine_key_refused": "분석 엔진이 키를 거부했습니다. 엔진 설정을 확인하세요.",
    "budget_spent": "프로젝트 예산을 모두 썼습니다. project.budget을 늘리고 다시 시도하세요.",
    "answer_not_understood": "분석 엔진의 답을 쓸 수 없는 형식입니다. 다시 시도하세요.",
    "analysis_cancelled": "분석이 취소되었습니다. 다시 시도하면 처음부터 분석합니다.",
    "not_found": "여기에는 없습니다. {told}",
    "project_not_found": "그런 프로젝트가 없습니다. `lab.projects`에 목록이 있습니다.",
    "project_purged": "프로젝트가 영구히 삭제되었습니다. 남아 있는 것이 없습니다.",
    "user_not_found": "회사에 그런 사람이 없습니다. 이메일 주소나 여기에서 쓰는 이름을 주세요.",
    "token_not_found": "그런 토큰이 없습니다. `lab.tokens`에 목록이 있습니다.",
    "invitation_not_found": "없는 초대이거나 다른 사람의 초대, 이미 썼거나 끝난 초대입니다. 새 초대를 부탁하세요.",
    "interview_not_found": "그런 인터뷰가 없거나 삭제되었습니다. `project.interviews`에 목록이 있습니다.",
    "file_erased": "참여자를 삭제하면서 파일도 삭제했습니다. 그 사람의 말을 뺀 대화록은 남아 있습니다.",
    "participant_not_found": "이 프로젝트에 그런 이름의 참여자가 없습니다. `project.speakers`에 목록이 있습니다.",
    "coding_not_found": "그런 코드가 없습니다. `project.codes(others=True)`에 목록이 있습니다.",
    "insight_not_found": "그런 인사이트가 없습니다. `project.insights`에 목록이 있습니다.",
    "judgement_not_found": "그런 판단이 없거나 이미 취소되었습니다. `project.judgements`에 목록이 있습니다.",
    "note_not_found": "그런 메모가 없거나 삭제되었습니다. `project.notes`에 목록이 있습니다.",
    "conversation_not_found": "그런 대화가 없습니다. `project.conversations`에 목록이 있습니다.",
    "message_not_found": "그런 메시지가 없습니다. 다른 서버의 대화일 수 있습니다.",
    "persona_not_found": "그런 페르소나가 없습니다. `project.personas()`에 목록이 있습니다.",
    "conflict": "지금은 할 수 없습니다. {told}",
    "too_many_streams": "열려 있는 연결이 너무 많습니다. 필요 없는 것을 닫거나 나중에 다시 시도하세요.",
    "too_busy": "서버에 요청이 너무 많습니다. 잠시 뒤 다시 시도하세요.",
    "database_unavailable": "서버의 데이터베이스가 응답하지 않습니다. 잠시 뒤 다시 시도하세요.",
    "files_unavailable": "업로드한 파일을 지금 쓰거나 읽을 수 없습니다. 잠시 뒤 다시 시도하세요.",
    "keys_unavailable": "토큰을 확인할 키를 지금 가져올 수 없습니다. 잠시 뒤 다시 시도하세요.",
    "too_often": "너무 자주 했습니다. {told}",
    "too_many_uploads": "회사가 1분에 올릴 수 있는 만큼 올렸습니다. 나머지는 1분 뒤에 올리세요.",
    "too_many_attempts": "너무 여러 번 시도했습니다. 15분 기다리거나 프로젝트의 누군가에게 초대를 부탁하세요.",
    "not_allowed": "토큰이 없거나 틀립니다. 서버의 토큰을 주세요: persona_lab.connect(url, token=…).",
    "token_expired": "토큰의 기한이 끝났습니다. 새로 만들어 주세요: persona_lab.connect(url, token=…).",
    "token_revoked": "토큰이 취소되었습니다. 새로 만들어 주세요: persona_lab.connect(url, token=…).",
    "forbidden": "이 일을 할 권한이 없습니다. 프로젝트의 소유자나 관리자에게 부탁하세요.",
    "read_only": "읽기만 할 수 있는 토큰입니다. 쓸 수 있는 토큰을 만드세요.",
    "no_company": "계정이 어느 회사에도 속해 있지 않습니다. 서버를 운영하는 사람이 토큰에 회사를 넣어 주어야 합니다.",
    "account_closed": "계정이 닫혔습니다. 회사의 관리자가 다시 열 수 있습니다.",
    "wrong_password": "비밀번호가 틀렸거나, 비밀번호로 참여할 수 없는 프로젝트입니다. 참여자에게 물어보세요.",
    "not_yours": "다른 사람이 쓴 것이어서 그 사람만 바꿀 수 있습니다. 답글을 남기세요.",
    "invalid_request": "요청을 이해할 수 없습니다. {told}",
    "server_error": "서버에 예상하지 못한 문제가 생겼습니다. 서버 로그에 자세한 내용이 있습니다.",
    "server_unreachable": "persona_lab 서버가 응답하지 않습니다. persona_lab.connect()를 다시 실행하세요.",
    "server_not_started": "persona_lab 서버가 시작되지 않았습니다. {told}",
    "query_error": "SQL을 실행할 수 없습니다. {told}",
}

# Of these, the form of the server's sentence and the Korean one that its figures are put into.
_FIGURED: Final = {
    "too_many_uploads": (
        re.compile(r"Your company may upload (\d+) interviews within a minute, and has\. .* in (\d+) seconds\."),
        "회사가 1분에 올릴 수 있는 인터뷰 {}건을 모두 올렸습니다. 이 파일은 {}초 뒤에 다시 올리세요.",
    ),
    "too_many_attempts": (
        re.compile(r"That was tried too often\. Try again in (\d+) seconds, .*"),
        "너무 여러 번 시도했습니다. {}초 뒤에 다시 시도하거나 프로젝트의 누군가에게 초대를 부탁하세요.",
    ),
}

_FIELDS: Final = {
    "purpose": "목적",
    "audience": "대상",
    "method": "방법",
    "company": "회사",
    "company info": "회사 정보",
    "glossary": "용어집",
    "empty": "비어 있음",
}
_ROLES: Final = {"an interviewer": "진행자", "a participant": "참여자", "neither of both": "둘 다 아님"}
_CHANGES: Final = {
    "added": "추가되었습니다",
    "deleted": "삭제되었습니다",
    "taken away": "빠졌습니다",
    "analysed again": "다시 분석되었습니다",
}
_WORDS: Final = _FIELDS | _ROLES | _CHANGES

# The English sentences of `server.staleness`, `belonging` and `Merge.since`; each {} is a part that differs.
_STALE: Final = {
    "Redaction was “{}” for it and is “{}” now.": "가림 처리가 당시 “{}”에서 지금 “{}”(으)로 바뀌었습니다.",
    "It could not be analysed again: {}": "다시 분석하지 못했습니다: {}",
    "It is being analysed again.": "다시 분석하고 있습니다.",
    "The engine {} stepped in for {}": "엔진 {}이(가) {} 대신 분석했습니다.",
    "It was analysed by the engine {}; the engine is {} now.": "엔진 {}(으)로 분석했고, 지금 엔진은 {}입니다.",
    "It was analysed by {}; the engine's model is {} now.": "모델 {}(으)로 분석했고, 지금 모델은 {}입니다.",
    "The engine's rules and word lists have changed since ({} → {}).": "그 뒤 엔진의 규칙과 단어 목록이 바뀌었습니다"
    "({} → {}).",
    "The project's {} was {} and is {} now.": "프로젝트의 {}: {} → {}.",
    "What the project tells the engine of itself has changed since.": "그 뒤 프로젝트 설명이 바뀌었습니다.",
    "{} was taken for {} and is {} now.": "{}: 화자 역할이 {}에서 {}(으)로 바뀌었습니다.",
    "It isn't known what they were merged from: that was an earlier version.": "이전 버전에서 병합되어 무엇을 "
    "병합했는지 알 수 없습니다.",
    "{} interview was {}.": "인터뷰 {}건이 {}.",
    "{} interviews were {}.": "인터뷰 {}건이 {}.",
    "Findings are merged otherwise now ({} → {}).": "이제 다른 방식으로 병합합니다({} → {}).",
    "{} analysis that they rest on is stale.": "근거가 되는 분석 {}건이 오래되었습니다.",
    "{} analyses that they rest on are stale.": "근거가 되는 분석 {}건이 오래되었습니다.",
    "They are merged again when the interview that is being analysed is done.": "분석 중인 인터뷰가 끝나면 다시 "
    "병합합니다.",
    "They are merged again when the {} interviews that are being analysed are done.": "분석 중인 인터뷰 {}건이 끝나면 "
    "다시 병합합니다.",
    "Its portrait has not been made yet.": "아직 페르소나 카드가 만들어지지 않았습니다.",
    "Insights were judged since.": "그 뒤 인사이트에 대한 판단이 있었습니다.",
    "It was portrayed by the engine {}; the engine is {} now.": "엔진 {}(으)로 만들었고, 지금 엔진은 {}입니다.",
    "Portraits are made otherwise now ({} → {}).": "이제 페르소나를 다른 방식으로 만듭니다({} → {}).",
    "What shapes portraits has changed since ({} → {}).": "그 뒤 페르소나를 만드는 규칙이 바뀌었습니다({} → {}).",
}
_FORMS: Final = [
    (re.compile("(.+?)".join(map(re.escape, english.split("{}"))), re.S), korean) for english, korean in _STALE.items()
]


def error_text(code: str, told: str, locale: str) -> str:
    """Return why something failed, given the server's words of it; these where the code is unknown."""
    if locale != "ko" or code not in _ERRORS:
        return told
    form, korean = _FIGURED.get(code, (None, ""))
    if form is not None and (found := form.fullmatch(told)):
        return korean.format(*found.groups())
    return _ERRORS[code].format(told=told)


def of_error(error: PersonaLabError, locale: str) -> str:
    """Return the same of an error that was raised."""
    return error_text(error.code, error.message, locale)


def of_any(error: Exception, locale: str) -> str:
    """Return the same of whatever was raised; of what nobody expected, that nobody did."""
    return of_error(error, locale) if isinstance(error, PersonaLabError) else UNEXPECTED[locale]


def of_failure(error: Mapping[str, object] | None) -> dict[str, str]:
    """Return why an interview failed in each language, for a page that can change between them; "" if it didn't."""
    if error is None:
        return dict.fromkeys(UNEXPECTED, "")
    code, told = str(error["code"]), str(error["message"])
    return {locale: error_text(code, told, locale) for locale in UNEXPECTED}


def stale_text(reasons: Iterable[str], locale: str) -> str:
    """Return why a result may no longer be true, in one line; a sentence of no known form stays as it is."""
    return " ".join(map(_korean, reasons) if locale == "ko" else reasons)


def _korean(sentence: str) -> str:
    for form, korean in _FORMS:
        if found := form.fullmatch(sentence):
            return korean.format(*(_WORDS.get(part, part) for part in found.groups()))
    return sentence
