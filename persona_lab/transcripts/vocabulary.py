"""The words that stand before a colon in transcripts, and what each of them says about the line."""

from persona_lab.models import Role


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _phrases(text: str) -> frozenset[str]:
    return frozenset(phrase.strip() for line in text.splitlines() for phrase in line.split("|")) - {""}


ROLES: dict[Role, frozenset[str]] = {
    "interviewer": _words("""
        interviewer interviewers moderator facilitator researcher assistant ai host questioner
        인터뷰어 진행자 진행 연구원 연구자 질문자 사회자 모더레이터 조사자 조사원 리서처 면접관
    """),
    "participant": _words("""
        interviewee participant user respondent customer client guest informant patient
        참가자 참여자 응답자 답변자 고객 사용자 이용자 피면담자 피조사자 인터뷰이 구술자 손님 환자
    """),
    "other": _words("""
        observer notetaker interpreter translator narrator agent system chatbot
        관찰자 기록자 서기 통역 통역사 상담원 상담사 시스템 챗봇
    """),
}

# Certainly speakers, but on either side: 면담자 is whoever takes part in the 면담.
NEUTRAL = _words("speaker unknown 화자 발화자 참석자 면담자")

# Letters and words that mean a speaker only beside each other: who asks, who answers.
PAIRS = frozenset(
    {
        ("q", "a"),
        ("i", "p"),
        ("m", "r"),
        ("question", "answer"),
        ("question", "response"),
        ("문", "답"),
        ("질문", "답변"),
    }
)

# Facts about the interview, at its top.
METADATA = _words("""
    date time place location duration length title topic project study format method version language transcript
    transcribed transcriber recording recorded file url link source participants attendees consent author podcast
    media episode invited attachments speakers interviewed
    일시 날짜 시간 장소 주제 제목 과제 프로젝트 소요시간 녹취 녹음 전사 전사자 작성자 작성일 파일 출처 대상
    참석 방법 안내 면담일시 인터뷰일시 진행일시 면담일 면담장소 회차
""")

# Written into the transcript afterwards; nobody said it.
ASIDES = _words("""
    note notes summary conclusion memo remark takeaway takeaways insight insights observation
    참고 비고 결론 요약 메모 주 정리 총평 시사점 관찰
""")

# Headings above what was written about the talk, and above the talk itself, as notes and tools write them.
ASIDE_HEADINGS = _phrases("""
    summary|ai summary|meeting summary|notes|meeting notes|ai notes|details|action items|next steps|suggested next steps
    summary keywords|keywords|key takeaways|takeaways|key topics|key points|outline|decisions|chapters|conclusion
    observations|insights|description|highlights
    요약|ai 요약|전체 요약|핵심 요약|요약 노트|회의 요약|주요 주제|주요 내용|주요 논의 사항|핵심 키워드|키워드
    다음 할 일|할 일|다음 단계|액션 아이템|메모|노트|하이라이트|북마크
    결론|시사점|총평|정리|구간별 요약|주제별 요약|참고
""")
SPEECH_HEADINGS = _phrases("""
    transcript|full transcript|transcription|interview transcript|meeting transcript|conversation|interview
    대화|대화 내용|음성 기록|음성기록|녹취록|녹취|녹취 내용|전사|전사록|전사 내용
    스크립트|인터뷰 내용|인터뷰 전문|면담 내용|전문|대화록
""")

# Alone on a line in brackets or bold: the talk stops for a while.
PAUSES = _phrases("break|pause|intermission|recess|휴식|쉬는 시간|정회|중단")

# What people mark passages with: "[Pain Point] …". A code, never somebody's name.
CODES = _phrases("""
    pain point|pain points|pain|need|needs|unmet need|unmet needs|insight|insights|key insight|takeaway|takeaways
    key takeaway|quote|goal|goals|motivation|behavior|behaviour|opportunity|delight|gain|workaround|feature request
    페인포인트|페인 포인트|니즈|불편|불편 사항|불편점|불만|요구
    요구 사항|요구사항|인사이트|시사점|목표|동기|행동|기회|개선점
""")

# As a whole these are headings and codes; a name may hold one of their words.
STRUCTURE = ASIDE_HEADINGS | SPEECH_HEADINGS | CODES

# No label has these in it: "For my final question:" is a sentence.
FUNCTION_WORDS = _words("""
    an the this that these those my your our their its it's for of in on at to from with and or as if when while is
    are was were be i'm we you it here here's there's one what how why which
    그 이 저 그리고 그런데 그래서 하지만 제가 우리 것은 건 게 때 중 중에서
""")

# Whatever else ends in a colon, or stands in brackets, and is nobody's name.
NOBODY = (
    METADATA
    | ASIDES
    | _words("""
    http https ftp mailto www example tip tips warning caution important questions answers pros cons step steps part
    section chapter figure table todo ps p.s re fw from to cc yes no ok so and but also first second third finally
    break subject redacted inaudible unintelligible crosstalk laughter laughs laughing music applause silence pause
    noise background sighs chuckles cough applauds foreign
    예 예시 장점 단점 이유 단계 문제 주의 웃음 침묵 박수 음악 잡음 한숨 불명확 청취불가 첫째 둘째 셋째
""")
)
