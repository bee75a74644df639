-- What a person says and asks: feedback, edited input, another model; and what the models were asked.

-- Of a post (`passage` is empty), a sentence of it, or a claim of the knowledge. Given anew, it replaces what was.
-- A number that was withdrawn is not given again: a page left open may still name it.
CREATE TABLE feedback (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    item_id TEXT NOT NULL REFERENCES items (id),
    about TEXT NOT NULL CHECK (about = 'post' OR about = 'sentence' OR about = 'claim'),
    passage TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict = 'up' OR verdict = 'down'),
    reason TEXT NOT NULL,
    corrected TEXT NOT NULL,
    given_by TEXT NOT NULL,
    given_at REAL NOT NULL,
    UNIQUE (item_id, about, passage),
    CHECK ((about = 'post') = (passage = ''))
);

CREATE INDEX feedback_by_time ON feedback (given_at, id);

-- What an item said before a person edited it; its observation holds what it says now.
CREATE TABLE edits (
    id INTEGER PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES items (id),
    title TEXT,
    text TEXT NOT NULL,
    edited_by TEXT NOT NULL,
    edited_at REAL NOT NULL
);

CREATE INDEX edits_by_item ON edits (item_id, id);

-- The model that a person wants an item done with; NULL: as configured.
ALTER TABLE items ADD COLUMN model TEXT;

-- What a person has chosen a model for and may be claimed: it is claimed also while the configured models are away.
CREATE INDEX items_chosen ON items (available_at, id)
WHERE model IS NOT NULL AND claimed_by IS NULL AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);

-- What was asked, for as long as `llm.keep_prompts_days` says; attempts and hedges of one request share it.
CREATE TABLE prompts (
    id INTEGER PRIMARY KEY,
    request_hash TEXT NOT NULL UNIQUE,
    system_id INTEGER NOT NULL REFERENCES system_prompts (id),
    prompt TEXT NOT NULL,
    asked_at REAL NOT NULL
);

CREATE INDEX prompts_by_age ON prompts (asked_at);

CREATE INDEX prompts_by_system ON prompts (system_id);

-- The same for nearly every request of a task.
CREATE TABLE system_prompts (
    id INTEGER PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    text TEXT NOT NULL
);

-- What of each source was published: one entry an item, written once.
CREATE INDEX items_published ON items (source_id, id, state) WHERE state = 'PUBLISHED';
-- What became of a source: the readings that are worth telling, and what was done with it.
CREATE INDEX events_of_sources ON events (json_extract(data, '$.source_id'), id)
WHERE type = 'source_polled' OR type = 'source_added' OR type = 'source_enabled' OR type = 'source_disabled'
OR type = 'source_removed';
