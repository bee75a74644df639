-- The keys that callers post under, so that a post whose answer was lost can be sent again.

CREATE TABLE post_keys (
    key TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    item_id TEXT NOT NULL,
    posted_at REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX post_keys_by_age ON post_keys (posted_at);
