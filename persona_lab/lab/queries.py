"""What a study's tables show of it, today's copy and a past one alike."""

INTERVIEW_COLUMNS = "title, status, language, turns, participants, pains, needs, takeaways, summary, error, id"
INTERVIEWS = f"SELECT {INTERVIEW_COLUMNS} FROM interview_list ORDER BY number"  # noqa: S608 - all of it is ours
INSIGHTS = "SELECT * FROM insights"
TABLES = """
SELECT table_name AS "table", string_agg(column_name, ', ' ORDER BY ordinal_position) AS columns
FROM information_schema.columns GROUP BY table_name ORDER BY table_name
"""
