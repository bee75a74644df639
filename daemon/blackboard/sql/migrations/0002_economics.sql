-- The economics of the gateway: calls without an item, calls in a batch, what caches saved, what an item waits for.

ALTER TABLE items ADD COLUMN waits_for TEXT;

CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    vendor_id TEXT,
    status TEXT NOT NULL CHECK (status = 'submitting' OR status = 'sent' OR status = 'ended'),
    created_at REAL NOT NULL,
    next_poll_at REAL NOT NULL,
    ended_at REAL,
    error TEXT,
    CHECK (status <> 'sent' OR vendor_id IS NOT NULL),
    CHECK ((ended_at IS NOT NULL) = (status = 'ended'))
);

CREATE INDEX batches_open ON batches (id) WHERE status <> 'ended';

-- What each brain spent on each day, as it will be charged from now on. Read from the former calls_by_time alone.
INSERT INTO spending (scope, period, charged_micro)
SELECT scope, period, micro FROM (
    SELECT
        'brain:' || brain AS scope,
        date(started_at, 'unixepoch') AS period,
        sum(coalesce(CASE WHEN status = 'sent' OR status = 'unconfirmed' THEN reserved_micro ELSE cost_micro END, 0))
            AS micro
    FROM calls
    GROUP BY scope, period
)
WHERE micro <> 0;

-- SQLite changes neither a CHECK nor a NOT NULL in place, so the table is written anew.
DROP INDEX calls_by_item;
DROP INDEX calls_by_time;
DROP INDEX calls_open;
ALTER TABLE calls RENAME TO calls_of_version_1;

CREATE TABLE calls (
    id INTEGER PRIMARY KEY,
    -- NULL for what no item caused (embeddings of the memory, readings of a source).
    item_id TEXT REFERENCES items (id),
    brain TEXT NOT NULL,
    task TEXT NOT NULL,
    provider TEXT NOT NULL,
    model TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    kind TEXT NOT NULL DEFAULT 'call' CHECK (kind = 'call' OR kind = 'repair' OR kind = 'hedge' OR kind = 'batch'),
    attempt INTEGER NOT NULL,
    round INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    status TEXT NOT NULL CHECK (
        status = 'sent' OR status = 'ok' OR status = 'error' OR status = 'malformed' OR status = 'unconfirmed'
        OR status = 'batched'
    ),
    batch_id INTEGER REFERENCES batches (id),
    prompt_tokens INTEGER NOT NULL DEFAULT 0,
    completion_tokens INTEGER NOT NULL DEFAULT 0,
    cached_tokens INTEGER NOT NULL DEFAULT 0,
    cache_write_tokens INTEGER NOT NULL DEFAULT 0,
    reasoning_tokens INTEGER NOT NULL DEFAULT 0,
    reserved_micro INTEGER,
    cost_micro INTEGER,
    saved_micro INTEGER NOT NULL DEFAULT 0,
    price TEXT,
    price_source TEXT,
    latency_ms INTEGER,
    first_token_ms INTEGER,
    answer TEXT,
    error TEXT,
    fingerprint TEXT NOT NULL DEFAULT '{}',
    started_at REAL NOT NULL,
    ended_at REAL
);

INSERT INTO calls (
    id, item_id, brain, task, provider, model, request_hash, attempt, round, epoch, status, prompt_tokens,
    completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, reserved_micro, cost_micro, price,
    price_source, latency_ms, answer, error, fingerprint, started_at, ended_at
)
SELECT
    id, item_id, brain, task, provider, model, request_hash, attempt, round, epoch, status, prompt_tokens,
    completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, reserved_micro, cost_micro, price,
    CASE WHEN json_valid(price) THEN json_extract(price, '$.source') END, latency_ms, answer, error, fingerprint,
    started_at, ended_at
FROM calls_of_version_1;
DROP TABLE calls_of_version_1;

CREATE INDEX calls_by_item ON calls (item_id, id);
CREATE INDEX calls_by_time ON calls (
    started_at, brain, model, status, prompt_tokens, completion_tokens, cached_tokens, cost_micro, reserved_micro,
    task, kind, attempt, cache_write_tokens, reasoning_tokens, saved_micro, price_source, item_id
);
CREATE INDEX calls_open ON calls (id) WHERE status = 'sent';
CREATE INDEX calls_batched ON calls (id) WHERE status = 'batched';
CREATE INDEX calls_unconfirmed ON calls (started_at, brain, reserved_micro) WHERE status = 'unconfirmed';
CREATE INDEX calls_by_batch ON calls (batch_id, id) WHERE batch_id IS NOT NULL;
