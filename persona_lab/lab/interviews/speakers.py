"""Who speaks in a study, and what an analyst says to correct it."""

from collections.abc import Mapping, Sequence
from typing import get_args

from persona_lab.errors import InvalidRequest
from persona_lab.models import Role

# From a speaker, as the file or an earlier correction calls them, to what they are; None is as the file has it.
Names = Mapping[str | None, str | None]
Roles = Mapping[str | None, Role | None]
Change = dict[str, str | None]

# How many characters of a speaker's first words tell who it is.
FIRST_WORDS = 60

SPEAKERS = f"""
WITH said AS (
    SELECT interview_id, speaker, coalesce(label, speaker) AS label, role, index, trim(text) AS text,
           len(string_split_regex(trim(text), '\\s+')) AS words
    FROM turns
    WHERE speaker IS NOT NULL OR role <> 'other'
)
SELECT i.title AS interview, s.speaker, s.role, count(*) AS turns, CAST(sum(s.words) AS BIGINT) AS words,
       round(sum(s.words) / sum(sum(s.words)) OVER (PARTITION BY i.id), 2) AS share,
       CASE WHEN len(arg_min(s.text, s.index)) > {FIRST_WORDS}
            THEN rtrim(left(arg_min(s.text, s.index), {FIRST_WORDS - 1})) || '…'
            ELSE arg_min(s.text, s.index) END AS first_words,
       s.label AS in_file, i.id AS interview_id
FROM said s JOIN interviews i ON i.id = s.interview_id
WHERE CAST(? AS VARCHAR[]) IS NULL OR list_contains(?, i.id)
GROUP BY i.id, i.number, i.title, s.label, s.speaker, s.role
ORDER BY i.number, min(s.index)
"""  # noqa: S608 - its parts are our own


def changes(names: Names | None, roles: Roles | None) -> list[Change]:
    """Return what to correct, speaker by speaker.

    Raises:
        InvalidRequest: there is nothing in it, or it is no correction; the message shows one.
    """
    found: dict[str | None, Change] = {}
    for field, given in (("name", names), ("role", roles)):
        if given is not None and not isinstance(given, Mapping):
            raise InvalidRequest(f'{given!r} says of nobody what they are. Write it as {{"Speaker 1": "Anna"}}.')
        for speaker, value in (given or {}).items():
            for word in (speaker, value):
                if word is not None and not isinstance(word, str):
                    raise InvalidRequest(f'{word!r} is no speaker. Write it as {{"Speaker 1": "Anna"}}.')
            found.setdefault(speaker, {"speaker": speaker})[field] = value
    if not found:
        raise InvalidRequest(
            'There is nothing to correct. Write, e.g., correct_speakers({"Speaker 1": "Anna"}, '
            'roles={"Speaker 1": "interviewer"}).'
        )
    for role in (roles or {}).values():
        if role is not None and role not in get_args(Role):
            raise InvalidRequest(f"“{role}” is no role. The roles are: {', '.join(get_args(Role))}.")
    return list(found.values())


def for_each(wanted: Sequence[Change], there: Mapping[str, set[str | None]]) -> dict[str, list[Change]]:
    """Return for each interview what is meant for it.

    Args:
        there: by interview id, whoever speaks in it, by every name they have.

    Raises:
        InvalidRequest: somebody speaks in none of them.
    """
    nobody = [change["speaker"] for change in wanted if not any(change["speaker"] in names for names in there.values())]
    if nobody:
        named = ", ".join(f"“{speaker or 'nobody (turns without a name)'}”" for speaker in nobody)
        raise InvalidRequest(f"{named} speaks in none of these interviews. `project.speakers` lists who does.")
    chosen = {
        interview_id: [change for change in wanted if change["speaker"] in names]
        for interview_id, names in there.items()
    }
    return {interview_id: meant for interview_id, meant in chosen.items() if meant}
