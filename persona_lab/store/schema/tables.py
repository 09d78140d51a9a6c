"""The tables, for SQLite and PostgreSQL alike.

Times are ISO 8601 text in UTC: they sort as they are and mean the same in both
databases and in JSON.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

# Tenants; nothing crosses from one to another.
companies = Table(
    "companies",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("name", Text, nullable=False),
    # NULL is as much as the servers give to everybody.
    Column("analyses_at_once", Integer),
    Column("uploads_per_minute", Integer),
    Column("created_at", String(32), nullable=False),
)

users = Table(
    "users",
    metadata,
    # As whoever vouches for them calls them: `sub` of a JWT.
    Column("id", String(64), primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    # What stands beside all that they do; nobody else in the company has it.
    Column("name", Text, nullable=False),
    Column("email", Text),
    Column("role", String(16), nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("last_seen_at", String(32)),
    # They may not come in any more; what they did stays theirs.
    Column("closed_at", String(32)),
    Index("users_by_name", "company_id", "name", unique=True),
)

# Personal access tokens, for notebooks; of each only the hash.
tokens = Table(
    "tokens",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("company_id", ForeignKey("companies.id"), nullable=False),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("scopes", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32)),
    Column("last_used_at", String(32)),
    Column("revoked_at", String(32)),
    Index("tokens_by_hash", "sha256", unique=True),
    Index("tokens_by_user", "user_id"),
)

# What may be tried only so often, such as a project's password, each time it was tried.
attempts = Table(
    "attempts",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("at", String(32), nullable=False),
    Index("attempts_by_key", "key", "at"),
)

# Servers and workers. One is alive while it holds its lock, which the database takes back when its session ends.
processes = Table(
    "processes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("lock", BigInteger, nullable=False),
    Column("version", String(32), nullable=False),
    Column("host", Text, nullable=False),
    Column("started_at", String(32), nullable=False),
    Column("ended_at", String(32)),
)

projects = Table(
    "projects",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("company_id", String(36), nullable=False),
    # Who made it; the other members are in a table of their own. NULL in workspaces of before there were accounts.
    Column("owner_id", String(64)),
    # Whether the whole company may read it, or its members alone.
    Column("visibility", String(16), nullable=False, server_default="private"),
    # argon2's, of the password that lets somebody of the company join.
    Column("password_hash", Text),
    Column("name", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("method", Text, nullable=False),
    Column("description", Text, nullable=False),
    # What else engines are told: for whom the study is made, and words of the trade with what they mean.
    Column("company", Text, nullable=False, server_default=""),
    Column("company_info", Text, nullable=False, server_default=""),
    Column("glossary", JSON, nullable=False, server_default="[]"),
    Column("redaction", String(16), nullable=False, server_default="network"),
    # Who analyses and answers; NULL is the server's own engine.
    Column("engine", String(16)),
    # Whether the local engine does what another one can't at the moment.
    Column("fallback", Boolean, nullable=False, server_default=text("FALSE")),
    # How many tokens all engines together may use; NULL is as many as they want.
    Column("budget", Integer),
    # The number of the project's newest event. Writers lock this row, so numbers follow commit order.
    Column("seq", Integer, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("deleted_at", String(32)),
    Column("deleted_by", Text),
    # Nothing is left of it but this row, and of each event that it was there.
    Column("purged_at", String(32)),
    Column("purged_by", Text),
    Index("projects_by_company", "company_id"),
)

events = Table(
    "events",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("type", String(64), nullable=False),
    Column("at", String(32), nullable=False),
    Column("data", JSON, nullable=False),
    # Who did it; NULL is the work that follows from what somebody did.
    Column("actor", Text),
)

# What somebody did that changes no project, so that no reader of its events is told: who took what along.
audit = Table(
    "audit",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("company_id", String(36), nullable=False),
    # NULL is the company's own.
    Column("project_id", ForeignKey("projects.id")),
    Column("at", String(32), nullable=False),
    Column("actor", Text, nullable=False),
    Column("type", String(64), nullable=False),
    # Ids alone, and never what stands behind them.
    Column("about", String(64)),
    Index("audit_by_project", "project_id", "at"),
    Index("audit_by_company", "company_id", "at"),
)

members = Table(
    "members",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("added_by", Text, nullable=False),
    Column("added_at", String(32), nullable=False),
    Index("members_by_user", "user_id"),
)

# Of each only the hash of what its link says.
invitations = Table(
    "invitations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("role", String(16), nullable=False),
    # NULL is for whoever in the company has the link.
    Column("email", Text),
    Column("sha256", String(64), nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("expires_at", String(32), nullable=False),
    Column("accepted_by", Text),
    Column("accepted_at", String(32)),
    Column("revoked_at", String(32)),
    Index("invitations_by_hash", "sha256", unique=True),
    Index("invitations_by_project", "project_id"),
)

interviews = Table(
    "interviews",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    # Counts uploads within the project, so that lists have the order of uploading.
    Column("number", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("filename", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("stage", String(32), nullable=False),
    Column("error_code", String(64)),
    Column("error_message", Text),
    Column("error_can_retry", Boolean),
    Column("error_retry_at", String(32)),
    Column("attempt", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size_bytes", Integer, nullable=False),
    # Whether pseudonyms stand in for what is personal in all that is kept of it; see `files` for how it gets there.
    Column("redacted", Boolean, nullable=False, server_default=text("FALSE")),
    # Whether somebody who took part was erased from it, so that its file is gone and only the masked text is left.
    Column("masked", Boolean, nullable=False, server_default=text("FALSE")),
    Column("format", String(16)),
    Column("encoding", String(32)),
    Column("certainty", Float),
    Column("remarks", JSON, nullable=False, server_default="[]"),
    Column("language", String(8)),
    Column("turns", Integer),
    Column("participants", Integer),
    Column("interview_date", String(32)),
    # For tables: which headings hold the words, who said them and when.
    Column("columns", JSON(none_as_null=True)),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("completed_at", String(32)),
    Column("deleted_at", String(32)),
    Column("deleted_by", Text),
    Index("interviews_by_number", "project_id", "number", unique=True),
    Index("interviews_by_content", "project_id", "sha256"),
    Index("interviews_in_flight", "status"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("text", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("format", String(16), nullable=False),
    Column("encoding", String(32), nullable=False),
    Column("certainty", Float, nullable=False, server_default="1.0"),
    Column("repair", JSON),
    Column("metadata", JSON, nullable=False, server_default="{}"),
    Column("remarks", JSON, nullable=False, server_default="[]"),
    Column("language", String(8), nullable=False),
)

turns = Table(
    "turns",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("index", Integer, primary_key=True),
    Column("speaker", Text),
    Column("role", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("time", Float),
    Column("codes", JSON, nullable=False, server_default="[]"),
    Column("cues", JSON, nullable=False, server_default="[]"),
    # The turn's content words in dictionary form, for searching.
    Column("terms", JSON, nullable=False),
)

# What people say of a speaker stands beside the turns and never changes them.
speaker_corrections = Table(
    "speaker_corrections",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    # As the file has it; "" for turns that it gives to nobody.
    Column("speaker", Text, primary_key=True),
    Column("name", Text),
    Column("role", String(16)),
)

# Vectors, packed: one for each turn, one for each finding of the newest analysis, and those of "turn 7"'s sentences.
meanings = Table(
    "meanings",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("of", String(16), primary_key=True),
    # Vectors of another model, or of an earlier run, are as good as none.
    Column("made_by", String(128), nullable=False),
    Column("vectors", LargeBinary, nullable=False),
)

# What participants are pleased with, sentence by sentence, with the packed vectors that they are compared by.
praises = Table(
    "praises",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("made_by", String(128), nullable=False),
    Column("said", JSON, nullable=False),
    Column("vectors", LargeBinary, nullable=False),
)

# What people judged a turn, or a span within it, to be.
codings = Table(
    "codings",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False),
    Column("turn", Integer, nullable=False),
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("code", Text, nullable=False),
    Column("coder", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Index("codings_by_interview", "interview_id"),
)

analyses = Table(
    "analyses",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False),
    Column("result", JSON, nullable=False),
    Column("created_at", String(32), nullable=False),
    # Made to be compared with the interview's own analysis, and not in its place.
    Column("beside", Boolean, nullable=False, server_default=text("FALSE")),
    Index("analyses_by_interview", "interview_id", "created_at"),
)

# Analyses beside others that were begun and have not ended; the log has what became of those that have.
comparisons = Table(
    "comparisons",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("interview_id", ForeignKey("interviews.id"), nullable=False),
    Column("engine", String(16), nullable=False),
    Column("begun_at", String(32), nullable=False),
    Index("comparisons_by_interview", "interview_id"),
)

# Finished parts of analyses that were paid for and are not complete yet. Gone once they are.
parts = Table(
    "parts",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    # What it was made from, and by which instructions.
    Column("key", String(128), primary_key=True),
    Column("part", Text, nullable=False),
)

# What engines were paid for, whatever came of it.
spending = Table(
    "spending",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    # NULL for answers.
    Column("interview_id", ForeignKey("interviews.id")),
    Column("run_id", String(64)),
    Column("engine", String(16), nullable=False),
    Column("model", Text, nullable=False),
    Column("calls", Integer, nullable=False),
    Column("input_tokens", Integer, nullable=False),
    Column("output_tokens", Integer, nullable=False),
    Column("at", String(32), nullable=False),
    Index("spending_by_project", "project_id", "at"),
)

insights = Table(
    "insights",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    # The insights as they were announced last.
    Column("merged", JSON, nullable=False),
    # The same as the engine merged them, before what people judged was laid over them.
    Column("found", JSON, nullable=False, server_default="[]"),
)

# What people said of insights, anchored to the evidence; see `engines.merging.judging`.
judgements = Table(
    "judgements",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("id", String(36), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("insight_id", String(36), nullable=False),
    Column("insight_kind", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("anchors", JSON, nullable=False),
    Column("others", JSON, nullable=False),
    Column("newest_interview", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    # Undone ones stay, so that no number is given twice.
    Column("undone_at", String(32)),
    Index("judgements_by_id", "id", unique=True),
)

# What participants are told apart by, in order.
axes = Table(
    "axes",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("axes", JSON, nullable=False),
    Column("changed_by", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
)

personas = Table(
    "personas",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("description", Text, nullable=False),
    # Keys of types by keys of axes; empty for one that was found without axes.
    Column("place", JSON, nullable=False),
    # What its name and its drawn picture follow from: the project's name and its own label, as it was made.
    Column("seed", Text, nullable=False),
    # sha256 of an uploaded picture; NULL is the one drawn from the seed.
    Column("picture", String(64)),
    Column("portrait", JSON(none_as_null=True)),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("deleted_at", String(32)),
    Column("deleted_by", Text),
    Index("personas_by_project", "project_id", "position"),
)

# Uploaded pictures as they were encoded anew, never as they came.
pictures = Table(
    "pictures",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

# Which persona an interview belongs to: what was proposed, and what somebody decided.
assignments = Table(
    "assignments",
    metadata,
    Column("interview_id", ForeignKey("interviews.id"), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("persona_id", ForeignKey("personas.id")),
    Column("decided_by", Text),
    Column("decided_at", String(32)),
    Column("proposal", JSON(none_as_null=True)),
    Index("assignments_by_project", "project_id"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("persona_ids", JSON, nullable=False),
    Column("interview_id", ForeignKey("interviews.id")),
    # An interview whose words are left out.
    Column("without", ForeignKey("interviews.id")),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("deleted_at", String(32)),
    Column("deleted_by", Text),
    # What the conversation comes to, as it was drawn last.
    Column("mind_map", JSON(none_as_null=True)),
    Index("conversations_by_project", "project_id", "created_at"),
)

messages = Table(
    "messages",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("conversation_id", ForeignKey("conversations.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("author", Text, nullable=False),
    Column("persona_id", ForeignKey("personas.id")),
    Column("content", Text, nullable=False),
    Column("citations", JSON, nullable=False),
    Column("questions", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("note", Text, nullable=False),
    Column("engine", String(16)),
    Column("model", Text),
    # The process that writes it, and whether somebody wants it stopped.
    Column("process_id", String(36)),
    Column("stopping", Boolean, nullable=False, server_default=text("FALSE")),
    Column("created_at", String(32), nullable=False),
    Index("messages_by_number", "conversation_id", "number", unique=True),
)

# What people write beside turns and insights, and reply to each other.
notes = Table(
    "notes",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("project_id", ForeignKey("projects.id"), nullable=False),
    Column("interview_id", ForeignKey("interviews.id")),
    Column("turn", Integer),
    Column("insight_id", String(36)),
    # What that insight rested on, by which it is found when it has another id.
    Column("anchors", JSON, nullable=False),
    Column("parent_id", ForeignKey("notes.id")),
    Column("text", Text, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("created_at", String(32), nullable=False),
    Column("updated_at", String(32), nullable=False),
    Column("deleted_at", String(32)),
    Column("deleted_by", Text),
    Index("notes_by_project", "project_id", "created_at"),
)

# What each pseudonym of a project stands for. Never announced, listed or sent: it holds what it hides.
pseudonyms = Table(
    "pseudonyms",
    metadata,
    Column("project_id", ForeignKey("projects.id"), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("pseudonym", String(32), nullable=False),
    Column("original", Text, nullable=False),
    Index("pseudonyms_by_name", "project_id", "pseudonym", unique=True),
)
