-- The tables as version 9 made them. Never edited: it stands for workspaces that people have.
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
CREATE TABLE meanings (
	interview_id VARCHAR(36) NOT NULL,
	"of" VARCHAR(16) NOT NULL,
	made_by VARCHAR(128) NOT NULL,
	vectors BLOB NOT NULL,
	PRIMARY KEY (interview_id, "of"),
	FOREIGN KEY(interview_id) REFERENCES interviews (id)
);
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
INSERT INTO meta (key, value) VALUES ('version', '9'), ('epoch', '0a1b2c3d');
