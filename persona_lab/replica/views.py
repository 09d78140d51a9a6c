"""What an analyst queries: views of the tables, the later ones of earlier ones, too."""

# Later ones may rest on earlier ones.
VIEWS: dict[str, str] = {
    # Every run there ever was, in the order in which they ended, with what the project said of itself to it.
    "runs": """
WITH told AS (
    SELECT seq, data->>'$.project.purpose' AS purpose, data->>'$.project.audience' AS audience,
           data->>'$.project.method' AS method
    FROM events WHERE type IN ('project:created', 'project:updated')
)
SELECT
    r.run_id, r.interview_id, i.title, r.began_at, r.completed_at, a.run_id IS NOT NULL AS is_current,
    r.engine, r.model, r.prompt_hash, r.transcript_sha256, r.context_hash,
    told.purpose, told.audience, told.method, r.redaction, r.speakers,
    r.findings, r.quotes, r.proposed_quotes, r.rejected_quotes, r.began_seq, r.seq
FROM run_log r
LEFT JOIN interviews i ON i.id = r.interview_id
LEFT JOIN analyses a ON a.run_id = r.run_id
ASOF LEFT JOIN told ON r.began_seq >= told.seq
ORDER BY r.seq
""",
    # What each summary, finding and insight rests on; an insight on the runs that it was merged from.
    "provenance": """
WITH merged_by AS (SELECT model, rules_hash FROM merges ORDER BY seq DESC LIMIT 1),
rests AS (
    SELECT 'summary' AS what, interview_id AS id, NULL AS kind, summary AS text, run_id, 0 AS finding FROM analyses
    UNION ALL
    SELECT 'finding', concat(f.interview_id, '#', f.finding), f.kind, f.text, a.run_id, f.finding
    FROM findings f JOIN analyses a ON a.interview_id = f.interview_id
    UNION ALL
    SELECT DISTINCT 'insight', i.id, i.kind, i.text, r.run_id, 0
    FROM merged_insights i
    JOIN insight_members m ON m.insight_id = i.id
    LEFT JOIN merged_runs r ON r.interview_id = m.interview_id
)
SELECT
    p.what, p.id, p.kind, p.text,
    CASE WHEN p.what = 'insight' THEN 'merge' ELSE any_value(r.engine) END AS engine,
    CASE WHEN p.what = 'insight' THEN (SELECT model FROM merged_by) ELSE any_value(r.model) END AS model,
    CASE WHEN p.what = 'insight' THEN (SELECT rules_hash FROM merged_by)
         ELSE any_value(r.prompt_hash) END AS prompt_hash,
    coalesce(list(DISTINCT r.title ORDER BY r.title) FILTER (r.title IS NOT NULL), []) AS interviews,
    coalesce(list(DISTINCT p.run_id ORDER BY p.run_id) FILTER (p.run_id IS NOT NULL), []) AS runs,
    coalesce(list(DISTINCT r.transcript_sha256 ORDER BY r.transcript_sha256)
             FILTER (r.transcript_sha256 IS NOT NULL), []) AS transcripts,
    coalesce(list(DISTINCT r.context_hash ORDER BY r.context_hash) FILTER (r.context_hash IS NOT NULL), []) AS contexts,
    coalesce(list(DISTINCT r.redaction ORDER BY r.redaction) FILTER (r.redaction IS NOT NULL), []) AS redactions,
    coalesce(sum(len(r.speakers)), 0)::INTEGER AS speakers_corrected
FROM rests p LEFT JOIN runs r ON r.run_id = p.run_id
GROUP BY p.what, p.id, p.kind, p.text, p.finding
ORDER BY list_position(['insight', 'summary', 'finding'], p.what), any_value(r.seq), p.finding, p.kind, p.text, p.id
""",
    # Whoever took part, in interviews that are completed.
    "people": """
SELECT DISTINCT t.interview_id, coalesce(t.speaker, '') AS speaker, i.language, i.title
FROM turns t JOIN interviews i ON i.id = t.interview_id
WHERE t.role = 'participant' AND i.status = 'completed'
""",
    # To which persona each interview belongs that is there: what somebody decided, or else what is proposed.
    "interviews_by_persona": """
SELECT p.id AS persona_id, p.label, coalesce(nullif(p.title, ''), p.headline, '') AS title, p.position,
       i.id AS interview_id, i.title AS interview, i.status, a.decided_by IS NOT NULL AS is_decided,
       a.decided_by, a.decided_at, a.proposed_persona_id, a.score,
       a.decided_by IS NOT NULL AND a.model IS NOT NULL
           AND a.persona_id IS DISTINCT FROM a.proposed_persona_id AS is_disputed
FROM interviews i
LEFT JOIN assignments a ON a.interview_id = i.id
LEFT JOIN personas p ON p.id = CASE WHEN a.decided_by IS NOT NULL THEN a.persona_id ELSE a.proposed_persona_id END
ORDER BY p.position, i.number
""",
    # What a board shows of each interview. `words` is what a filter's text is looked for in, `title_order` has the
    # numbers in a title in twelve digits, so that 2 comes before 10.
    "interview_list": """
WITH found AS (
    SELECT interview_id,
           count(*) FILTER (kind = 'pain') AS pains,
           count(*) FILTER (kind = 'need') AS needs,
           count(*) FILTER (kind = 'takeaway') AS takeaways
    FROM findings GROUP BY interview_id
)
SELECT i.title, i.status, i.language, i.turns, i.participants,
       CASE WHEN a.run_id IS NOT NULL THEN coalesce(f.pains, 0) END AS pains,
       CASE WHEN a.run_id IS NOT NULL THEN coalesce(f.needs, 0) END AS needs,
       CASE WHEN a.run_id IS NOT NULL THEN coalesce(f.takeaways, 0) END AS takeaways,
       a.summary, i.error_message AS error, i.id,
       i.number, i.stage, i.created_by, i.created_at, i.updated_at,
       b.persona_id, b.label AS persona, b.title AS persona_title, b.position AS persona_position, b.decided_by,
       nfc_normalize(lower(concat_ws(' ', i.title, i.created_by, b.label, b.title))) AS words,
       regexp_replace(regexp_replace(nfc_normalize(lower(i.title)), '([0-9]+)', '00000000000\\1', 'g'),
                      '[0-9]*([0-9]{12})', '\\1', 'g') AS title_order,
       nullif(coalesce(f.pains, 0) + coalesce(f.needs, 0) + coalesce(f.takeaways, 0), 0) AS findings
FROM interviews i
LEFT JOIN found f ON f.interview_id = i.id
LEFT JOIN analyses a ON a.interview_id = i.id
LEFT JOIN interviews_by_persona b ON b.interview_id = i.id
ORDER BY i.number
""",
    # Of an interview that was analysed again since the merge, nothing counts until the next: its findings are others.
    "insight_words": """
WITH cited AS (
    SELECT m.insight_id, q.interview_id, q.turn, q.start, q."end", q.text
    FROM insight_members m
    JOIN quotes q ON q.interview_id = m.interview_id AND q.finding = m.finding
    JOIN analyses a ON a.interview_id = m.interview_id
    LEFT JOIN merged_runs r ON r.interview_id = m.interview_id
    WHERE coalesce(r.run_id, a.run_id) = a.run_id
    UNION ALL
    SELECT insight_id, interview_id, turn, start, "end", text FROM insight_quotes WHERE NOT is_against
)
SELECT c.*, t.speaker, i.title, i.language
FROM cited c
JOIN interviews i ON i.id = c.interview_id
JOIN turns t ON t.interview_id = c.interview_id AND t.index = c.turn
""",
    # How an insight's support spreads over sides of the participants. Another side is another part of `sides`.
    "spread": """
WITH sides AS (
    SELECT 'language' AS "by", language AS value, interview_id, speaker FROM people
    UNION ALL
    SELECT 'interview', title, interview_id, speaker FROM people
    UNION ALL
    SELECT 'persona', b.label, interview_id, s.speaker
    FROM people s JOIN interviews_by_persona b USING (interview_id) WHERE b.persona_id IS NOT NULL
    UNION ALL
    SELECT DISTINCT x.axis_name, x.type_name, interview_id, s.speaker
    FROM people s JOIN interviews_by_persona b USING (interview_id)
    JOIN personas p ON p.id = b.persona_id
    JOIN axes x ON json_extract_string(p.place, '$."' || x.axis || '"') = x.type
), totals AS (
    SELECT "by", value, count(*) AS participants FROM sides GROUP BY ALL
), behind AS (
    SELECT DISTINCT insight_id, interview_id, coalesce(speaker, '') AS speaker FROM insight_words
), counted AS (
    SELECT b.insight_id, s."by", s.value, count(*) AS support
    FROM behind b JOIN sides s USING (interview_id, speaker) GROUP BY ALL
)
SELECT m.id AS insight_id, t."by", t.value, coalesce(c.support, 0) AS support, t.participants
FROM merged_insights m
CROSS JOIN totals t
LEFT JOIN counted c ON c.insight_id = m.id AND c."by" = t."by" AND c.value = t.value
WHERE t."by" <> 'interview' OR c.support > 0
""",
    # Also what people rejected.
    "all_insights": """
WITH said AS (
    SELECT insight_id,
           count(DISTINCT (interview_id, coalesce(speaker, ''))) AS support,
           list(DISTINCT title ORDER BY title) AS interviews,
           list({'title': title, 'speaker': speaker, 'words': text}
                ORDER BY title, interview_id, turn, start, text) AS quotes
    FROM insight_words GROUP BY insight_id
), against AS (
    SELECT q.insight_id,
           list({'title': i.title, 'speaker': t.speaker, 'words': q.text}
                ORDER BY q.likeness DESC, i.title, q.turn, q.start) AS quotes
    FROM insight_quotes q
    JOIN interviews i ON i.id = q.interview_id
    JOIN turns t ON t.interview_id = q.interview_id AND t.index = q.turn
    WHERE q.is_against GROUP BY q.insight_id
), spread_out AS (
    SELECT insight_id,
           list({'by': "by", 'value': value, 'support': support, 'participants': participants}
                ORDER BY "by" DESC, value) AS shares
    FROM spread GROUP BY insight_id
)
SELECT
    m.kind,
    m.text,
    s.support,
    (SELECT count(*) FROM people) AS participants,
    trim(CASE WHEN s.support = 1 THEN 'It rests on one participant. ' ELSE '' END
         || CASE WHEN NOT m.is_found THEN 'It is pinned, though it is found no more.' ELSE '' END) AS note,
    s.interviews,
    s.quotes,
    coalesce(a.quotes, []) AS contradictions,
    coalesce(p.shares, []) AS spread,
    m.survival,
    m.keywords,
    m.related,
    m.is_pinned,
    m.is_rejected,
    m.is_found,
    m.id
FROM merged_insights m
JOIN said s ON s.insight_id = m.id
LEFT JOIN against a ON a.insight_id = m.id
LEFT JOIN spread_out p ON p.insight_id = m.id
ORDER BY s.support DESC, list_position(['pain', 'need', 'takeaway'], m.kind), m.score DESC, m.text, m.id
""",
    "insights": """
SELECT * EXCLUDE (is_rejected) FROM all_insights WHERE NOT is_rejected
""",
}
