"""What somebody did, in a sentence, in English and Korean."""

from collections.abc import Mapping

from persona_lab.models import About, Deed, Deeds
from persona_lab.store.people import audit
from persona_lab.store.people.audit import Done

# What is done to something, so that it can be said with and without who did it; and the same as Korean records say it.
VERBS: dict[str, tuple[str, str]] = {
    "project:created": ("made", "만듦"),
    "project:updated": ("changed", "바꿈"),
    "project:deleted": ("put into the trash", "휴지통에 넣음"),
    "project:restored": ("taken out of the trash", "휴지통에서 되돌림"),
    "project:purged": ("purged", "영구 삭제함"),
    "project:exported": ("taken along", "내보냄"),
    "interview:added": ("uploaded", "올림"),
    "interview:updated": ("changed", "바꿈"),
    "interview:status_changed": ("moved on", "다음 단계로 넘김"),
    "interview:completed": ("analysed", "분석함"),
    "interview:failed": ("left without an analysis", "분석하지 못함"),
    "interview:deleted": ("put into the trash", "휴지통에 넣음"),
    "interview:restored": ("taken out of the trash", "휴지통에서 되돌림"),
    "file:downloaded": ("downloaded", "내려받음"),
    "redactions:seen": ("looked through for what pseudonyms hide", "가명이 가리는 원본을 봄"),
    "analysis:started": ("given to a further engine", "다른 엔진에 맡김"),
    "analysis:added": ("analysed by a further engine", "다른 엔진으로 분석함"),
    "analysis:failed": ("left without the further analysis", "다른 엔진으로 분석하지 못함"),
    "coding:added": ("coded", "코드를 붙임"),
    "coding:removed": ("freed of a code", "코드를 뗌"),
    "insights:merged": ("looked through for what interviews have in common", "인사이트를 모음"),
    "insight:judged": ("given a judgement on an insight", "인사이트를 판단함"),
    "insight:unjudged": ("freed of a judgement on an insight", "인사이트 판단을 되돌림"),
    "persona:added": ("made", "만듦"),
    "persona:updated": ("changed", "바꿈"),
    "persona:deleted": ("put into the trash", "휴지통에 넣음"),
    "persona:restored": ("taken out of the trash", "휴지통에서 되돌림"),
    "persona:assigned": ("given to a persona", "페르소나를 정함"),
    "axes:changed": ("given other axes", "축을 바꿈"),
    "conversation:added": ("begun", "시작함"),
    "conversation:updated": ("changed", "바꿈"),
    "conversation:deleted": ("put into the trash", "휴지통에 넣음"),
    "conversation:restored": ("taken out of the trash", "휴지통에서 되돌림"),
    "message:added": ("carried on", "이어 감"),
    "note:added": ("written", "씀"),
    "note:updated": ("changed", "바꿈"),
    "note:deleted": ("put into the trash", "휴지통에 넣음"),
    "note:restored": ("taken out of the trash", "휴지통에서 되돌림"),
    "knowledge:begun": ("being fed to the knowledge base", "지식 베이스에 넣기 시작함"),
    "knowledge:fed": ("fed to the knowledge base", "지식 베이스에 넣음"),
    "knowledge:failed": ("not fed to the knowledge base", "지식 베이스에 넣지 못함"),
    "trash:purged": ("purged", "영구 삭제함"),
    "participant:erased": ("freed of a participant for good", "참여자를 영구 삭제함"),
    "member:added": ("given a member", "구성원을 더함"),
    "member:changed": ("given a member in another role", "구성원의 역할을 바꿈"),
    "member:removed": ("left by a member", "구성원을 뺌"),
    "member:role_changed": ("given a member in another role", "구성원의 역할을 바꿈"),
    "invitation:made": ("given an invitation", "초대를 만듦"),
    "invitation:revoked": ("freed of an invitation", "초대를 거둠"),
    "password:changed": ("given another password, or none", "비밀번호를 바꿈"),
    "user:changed": ("changed", "바꿈"),
    "token:created": ("made", "만듦"),
    "token:revoked": ("revoked", "폐기함"),
}
KINDS: dict[str, tuple[str, str]] = {
    "project": ("project", "프로젝트"),
    "interview": ("interview", "인터뷰"),
    "persona": ("persona", "페르소나"),
    "conversation": ("conversation", "대화"),
    "note": ("note", "메모"),
    "participant": ("participant", "참여자"),
    "token": ("token", "토큰"),
    "user": ("user", "사용자"),
}


def told(done: list[Done], following: str | None, titles: Mapping[tuple[str, str], str], locale: str) -> Deeds:
    """Return a page of deeds with their sentences."""
    deeds = []
    for one in done:
        about = About(kind=one.about[0], id=one.about[1], title=titles.get(one.about, "")) if one.about else None
        deeds.append(
            Deed(
                project_id=one.project_id,
                seq=one.seq,
                at=one.at,
                actor=one.actor,
                type=one.type,
                about=about,
                words=sentence(one.type, about, one.actor, locale),
            )
        )
    return Deeds(deeds=tuple(deeds), next=following)


def sentence(kind: str, about: About | None, actor: str | None, locale: str) -> str:
    """Say who did what to what, such as “Interview “Mina”: uploaded by Jun.”"""
    # A type of a newer persona_lab is better told by its name than left out.
    verb_en, verb_ko = VERBS.get(kind, (kind, kind))
    noun = about.kind if about else _noun(kind)
    noun_en, noun_ko = KINDS.get(noun, ("", ""))
    article = "An" if noun_en.startswith("i") else "A"
    title = f" “{about.title}”" if about and about.title else ""
    if locale == "ko":
        thing = f"{noun_ko}{title}" if title else f"없어진 {noun_ko}"
        by = "서버 운영자" if actor == audit.OPERATOR else actor or "자동"
        return f"{thing}: {verb_ko} ({by})"
    thing = f"{noun_en.capitalize()}{title}" if title else f"{article} {noun_en} that is gone"
    return f"{thing}: {verb_en} by {actor}." if actor else f"{thing}: {verb_en}."


def _noun(kind: str) -> str:
    first = kind.partition(":")[0]
    rule = audit.ABOUT.get(kind) or audit.ABOUT.get(first)
    return rule[0] if rule else first if first in KINDS else "project"
