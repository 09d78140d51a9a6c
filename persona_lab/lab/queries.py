"""What a study's tables show of it, today's copy and a past one alike."""

INTERVIEWS = """
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
       a.summary, i.error_message AS error, i.id
FROM interviews i
LEFT JOIN found f ON f.interview_id = i.id
LEFT JOIN analyses a ON a.interview_id = i.id
ORDER BY i.number
"""
INSIGHTS = "SELECT * FROM insights"
TABLES = """
SELECT table_name AS "table", string_agg(column_name, ', ' ORDER BY ordinal_position) AS columns
FROM information_schema.columns GROUP BY table_name ORDER BY table_name
"""
