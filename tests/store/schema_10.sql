-- The tables as version 10 made them. Never edited: it stands for workspaces that people have.
CREATE TABLE meta (
	"key" VARCHAR(64) NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY ("key")
);
CREATE TABLE projects (
	id VARCHAR(36) NOT NULL,
	company_id VARCHAR(36) NOT NULL,
	name TEXT NOT NULL,
	purpose TEXT NOT NULL,
	audience TEXT NOT NULL,
	method TEXT NOT NULL,
	description TEXT NOT NULL,
	company TEXT DEFAULT '' NOT NULL,
	company_info TEXT DEFAULT '' NOT NULL,
	glossary JSON DEFAULT '[]' NOT NULL,
	redaction VARCHAR(16) DEFAULT 'network' NOT NULL,
	engine VARCHAR(16),
	fallback BOOLEAN DEFAULT FALSE NOT NULL,
	budget INTEGER,
	seq INTEGER NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	updated_at VARCHAR(32) NOT NULL,
	deleted_at VARCHAR(32),
	PRIMARY KEY (id)
);
CREATE TABLE axes (
	project_id VARCHAR(36) NOT NULL,
	axes JSON NOT NULL,
	changed_by TEXT NOT NULL,
	changed_at VARCHAR(32) NOT NULL,
	PRIMARY KEY (project_id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE events (
	project_id VARCHAR(36) NOT NULL,
	seq INTEGER NOT NULL,
	type VARCHAR(64) NOT NULL,
	at VARCHAR(32) NOT NULL,
	data JSON NOT NULL,
	PRIMARY KEY (project_id, seq),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE insights (
	project_id VARCHAR(36) NOT NULL,
	merged JSON NOT NULL,
	found JSON DEFAULT '[]' NOT NULL,
	PRIMARY KEY (project_id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE interviews (
	id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	number INTEGER NOT NULL,
	title TEXT NOT NULL,
	filename TEXT NOT NULL,
	status VARCHAR(16) NOT NULL,
	stage VARCHAR(32) NOT NULL,
	error_code VARCHAR(64),
	error_message TEXT,
	error_can_retry BOOLEAN,
	error_retry_at VARCHAR(32),
	attempt INTEGER NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	size_bytes INTEGER NOT NULL,
	redacted BOOLEAN DEFAULT FALSE NOT NULL,
	format VARCHAR(16),
	encoding VARCHAR(32),
	certainty FLOAT,
	remarks JSON DEFAULT '[]' NOT NULL,
	language VARCHAR(8),
	turns INTEGER,
	participants INTEGER,
	interview_date VARCHAR(32),
	columns JSON,
	created_by TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	updated_at VARCHAR(32) NOT NULL,
	completed_at VARCHAR(32),
	deleted_at VARCHAR(32),
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE INDEX interviews_by_content ON interviews (project_id, sha256);
CREATE UNIQUE INDEX interviews_by_number ON interviews (project_id, number);
CREATE INDEX interviews_in_flight ON interviews (status);
CREATE TABLE judgements (
	project_id VARCHAR(36) NOT NULL,
	number INTEGER NOT NULL,
	id VARCHAR(36) NOT NULL,
	kind VARCHAR(16) NOT NULL,
	insight_id VARCHAR(36) NOT NULL,
	insight_kind VARCHAR(16) NOT NULL,
	text TEXT NOT NULL,
	anchors JSON NOT NULL,
	others JSON NOT NULL,
	newest_interview INTEGER NOT NULL,
	created_by TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	undone_at VARCHAR(32),
	PRIMARY KEY (project_id, number),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE UNIQUE INDEX judgements_by_id ON judgements (id);
CREATE TABLE personas (
	id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	position INTEGER NOT NULL,
	label TEXT NOT NULL,
	title TEXT NOT NULL,
	description TEXT NOT NULL,
	place JSON NOT NULL,
	seed TEXT NOT NULL,
	picture VARCHAR(64),
	portrait JSON,
	created_by TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	updated_at VARCHAR(32) NOT NULL,
	deleted_at VARCHAR(32),
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE INDEX personas_by_project ON personas (project_id, position);
CREATE TABLE pictures (
	project_id VARCHAR(36) NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	data BLOB NOT NULL,
	PRIMARY KEY (project_id, sha256),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE TABLE pseudonyms (
	project_id VARCHAR(36) NOT NULL,
	kind VARCHAR(16) NOT NULL,
	"key" TEXT NOT NULL,
	pseudonym VARCHAR(32) NOT NULL,
	original TEXT NOT NULL,
	PRIMARY KEY (project_id, kind, "key"),
	FOREIGN KEY(project_id) REFERENCES projects (id)
);
CREATE UNIQUE INDEX pseudonyms_by_name ON pseudonyms (project_id, pseudonym);
CREATE TABLE analyses (
	run_id VARCHAR(64) NOT NULL,
	interview_id VARCHAR(36) NOT NULL,
	result JSON NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	beside BOOLEAN DEFAULT FALSE NOT NULL,
	PRIMARY KEY (run_id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE INDEX analyses_by_interview ON analyses (interview_id, created_at);
CREATE TABLE assignments (
	interview_id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	persona_id VARCHAR(36),
	decided_by TEXT,
	decided_at VARCHAR(32),
	proposal JSON,
	PRIMARY KEY (interview_id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(persona_id) REFERENCES personas (id)
);
CREATE INDEX assignments_by_project ON assignments (project_id);
CREATE TABLE codings (
	id VARCHAR(36) NOT NULL,
	interview_id VARCHAR(36) NOT NULL,
	turn INTEGER NOT NULL,
	start INTEGER NOT NULL,
	"end" INTEGER NOT NULL,
	text TEXT NOT NULL,
	status VARCHAR(16) NOT NULL,
	code TEXT NOT NULL,
	coder TEXT NOT NULL,
	note TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE INDEX codings_by_interview ON codings (interview_id);
CREATE TABLE conversations (
	id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	title TEXT NOT NULL,
	persona_ids JSON NOT NULL,
	interview_id VARCHAR(36),
	without VARCHAR(36),
	created_by TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	updated_at VARCHAR(32) NOT NULL,
	deleted_at VARCHAR(32),
	mind_map JSON,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id),
	FOREIGN KEY(without) REFERENCES interviews (id)
);
CREATE INDEX conversations_by_project ON conversations (project_id, created_at);
CREATE TABLE meanings (
	interview_id VARCHAR(36) NOT NULL,
	"of" VARCHAR(16) NOT NULL,
	made_by VARCHAR(128) NOT NULL,
	vectors BLOB NOT NULL,
	PRIMARY KEY (interview_id, "of"),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE notes (
	id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	interview_id VARCHAR(36),
	turn INTEGER,
	insight_id VARCHAR(36),
	anchors JSON NOT NULL,
	parent_id VARCHAR(36),
	text TEXT NOT NULL,
	created_by TEXT NOT NULL,
	created_at VARCHAR(32) NOT NULL,
	updated_at VARCHAR(32) NOT NULL,
	deleted_at VARCHAR(32),
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id),
	FOREIGN KEY(parent_id) REFERENCES notes (id)
);
CREATE INDEX notes_by_project ON notes (project_id, created_at);
CREATE TABLE parts (
	interview_id VARCHAR(36) NOT NULL,
	"key" VARCHAR(128) NOT NULL,
	part TEXT NOT NULL,
	PRIMARY KEY (interview_id, "key"),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE praises (
	interview_id VARCHAR(36) NOT NULL,
	made_by VARCHAR(128) NOT NULL,
	said JSON NOT NULL,
	vectors BLOB NOT NULL,
	PRIMARY KEY (interview_id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE speaker_corrections (
	interview_id VARCHAR(36) NOT NULL,
	speaker TEXT NOT NULL,
	name TEXT,
	role VARCHAR(16),
	PRIMARY KEY (interview_id, speaker),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE spending (
	id VARCHAR(36) NOT NULL,
	project_id VARCHAR(36) NOT NULL,
	interview_id VARCHAR(36),
	run_id VARCHAR(64),
	engine VARCHAR(16) NOT NULL,
	model TEXT NOT NULL,
	calls INTEGER NOT NULL,
	input_tokens INTEGER NOT NULL,
	output_tokens INTEGER NOT NULL,
	at VARCHAR(32) NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(project_id) REFERENCES projects (id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE INDEX spending_by_project ON spending (project_id, at);
CREATE TABLE transcripts (
	interview_id VARCHAR(36) NOT NULL,
	text TEXT NOT NULL,
	sha256 VARCHAR(64) NOT NULL,
	format VARCHAR(16) NOT NULL,
	encoding VARCHAR(32) NOT NULL,
	certainty FLOAT DEFAULT '1.0' NOT NULL,
	repair JSON,
	metadata JSON DEFAULT '{}' NOT NULL,
	remarks JSON DEFAULT '[]' NOT NULL,
	language VARCHAR(8) NOT NULL,
	PRIMARY KEY (interview_id),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE turns (
	interview_id VARCHAR(36) NOT NULL,
	"index" INTEGER NOT NULL,
	speaker TEXT,
	role VARCHAR(16) NOT NULL,
	text TEXT NOT NULL,
	start INTEGER NOT NULL,
	"end" INTEGER NOT NULL,
	time FLOAT,
	codes JSON DEFAULT '[]' NOT NULL,
	cues JSON DEFAULT '[]' NOT NULL,
	terms JSON NOT NULL,
	PRIMARY KEY (interview_id, "index"),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
CREATE TABLE messages (
	id VARCHAR(36) NOT NULL,
	conversation_id VARCHAR(36) NOT NULL,
	number INTEGER NOT NULL,
	role VARCHAR(16) NOT NULL,
	author TEXT NOT NULL,
	persona_id VARCHAR(36),
	content TEXT NOT NULL,
	citations JSON NOT NULL,
	questions JSON NOT NULL,
	state VARCHAR(16) NOT NULL,
	note TEXT NOT NULL,
	engine VARCHAR(16),
	model TEXT,
	created_at VARCHAR(32) NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(conversation_id) REFERENCES conversations (id),
	FOREIGN KEY(persona_id) REFERENCES personas (id)
);
CREATE UNIQUE INDEX messages_by_number ON messages (conversation_id, number);
INSERT INTO meta (key, value) VALUES ('version', '10'), ('epoch', '0a1b2c3d');
