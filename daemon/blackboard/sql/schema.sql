-- The blackboard, whole. The readable truth: the migrations must end equal to it (a test proves it).
-- Times are seconds since the epoch (REAL), money is integer micro-dollars, JSON is TEXT.
-- Lists of words are written as OR chains: SQLite builds a temporary table for each IN of more than two, at every write.

-- `waits_for`: `budget`, when nothing was asked of a source because there was none.
CREATE TABLE sources (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    address TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin = 'config' OR origin = 'added'),
    every_seconds REAL,
    tags TEXT NOT NULL DEFAULT '[]',
    is_enabled INTEGER NOT NULL DEFAULT 1,
    settings TEXT NOT NULL DEFAULT '{}',
    -- The address as the configuration writes it (the source may have moved since), and whether it still does.
    configured_address TEXT,
    is_configured INTEGER NOT NULL DEFAULT 0,
    -- What a person wants, over the configuration; NULL: nothing was said.
    is_wanted INTEGER,
    -- What the sensor keeps between polls.
    etag TEXT,
    last_modified TEXT,
    body_hash TEXT,
    next_fetch_at REAL NOT NULL DEFAULT 0,
    next_fetch_reason TEXT,
    last_fetch_at REAL,
    last_success_at REAL,
    last_item_at REAL,
    errors_in_row INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    moved_to TEXT,
    moved_count INTEGER NOT NULL DEFAULT 0,
    is_gone INTEGER NOT NULL DEFAULT 0,
    interval_seconds REAL,
    extra TEXT NOT NULL DEFAULT '{}',
    created_at REAL NOT NULL,
    removed_at REAL
, waits_for TEXT);

CREATE INDEX sources_due ON sources (next_fetch_at) WHERE is_enabled = 1 AND is_gone = 0 AND removed_at IS NULL;

-- `waits_for`: what a snoozed item waits for; it stands where ALTER TABLE puts a column.
CREATE TABLE items (
    id TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL CHECK (
        state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
        OR state = 'PUBLISHED' OR state = 'DISCARDED' OR state = 'HELD' OR state = 'DEAD_LETTER'
    ),
    title TEXT NOT NULL,
    url TEXT,
    source_id INTEGER REFERENCES sources (id),
    tags TEXT NOT NULL DEFAULT '[]',
    round INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    epoch INTEGER NOT NULL DEFAULT 0,
    rescues INTEGER NOT NULL DEFAULT 0,
    available_at REAL NOT NULL,
    claimed_by TEXT,
    lease_until REAL,
    died_in TEXT CHECK (died_in = 'INGESTING' OR died_in = 'DRAFTING' OR died_in = 'REVIEWING' OR died_in = 'PUBLISHING'),
    held_in TEXT CHECK (held_in = 'REVIEWING' OR held_in = 'PUBLISHING'),
    reason TEXT,
    error TEXT,
    failure_group TEXT,
    duplicate_of TEXT,
    cost_micro INTEGER NOT NULL DEFAULT 0,
    -- What it had cost when a person last took it up again: its own budget counts from there.
    budget_from_micro INTEGER NOT NULL DEFAULT 0,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL,
    finalized_at REAL,
    remembered_at REAL, waits_for TEXT, model TEXT,
    -- A lease exists exactly while the item is claimed, and only a live item in a step can be claimed.
    CHECK ((claimed_by IS NULL) = (lease_until IS NULL)),
    CHECK (
        claimed_by IS NULL
        OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
    ),
    CHECK ((finalized_at IS NOT NULL) = (state = 'PUBLISHED' OR state = 'DISCARDED')),
    CHECK ((died_in IS NOT NULL) = (state = 'DEAD_LETTER')),
    CHECK ((held_in IS NOT NULL) = (state = 'HELD'))
);

-- Claiming reads only this: live, unclaimed, in the order they are due.
CREATE INDEX items_available ON items (state, available_at, id)
WHERE claimed_by IS NULL AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);
CREATE INDEX items_leased ON items (lease_until) WHERE claimed_by IS NOT NULL;
-- Ids grow with time, so this gives the newest and the oldest of a state without sorting.
CREATE INDEX items_by_state ON items (state, id);
CREATE INDEX items_by_source ON items (source_id, id);
-- By when they changed last; those that are over changed last when they ended. The state stands behind, so that no
-- query that asks for a state alone takes these for items_by_state.
CREATE INDEX items_by_change ON items (updated_at, id, state);
-- The dearest first. Free items are not in it.
CREATE INDEX items_by_cost ON items (cost_micro, id, state) WHERE cost_micro > 0;
-- Dead letters by what they failed of, without reading their rows.
CREATE INDEX items_by_failure ON items (failure_group, updated_at, id, died_in, state) WHERE state = 'DEAD_LETTER';
-- What a person has chosen a model for and may be claimed: it is claimed also while the configured models are away.
CREATE INDEX items_chosen ON items (available_at, id)
WHERE model IS NOT NULL AND claimed_by IS NULL AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);
-- What waits for its article, oldest first.
CREATE INDEX items_awaiting ON items (id) WHERE waits_for = 'article' AND state = 'QUEUED';
CREATE INDEX items_unremembered ON items (finalized_at) WHERE state = 'PUBLISHED' AND remembered_at IS NULL;
-- What of each source was published: one entry an item, written once.
CREATE INDEX items_published ON items (source_id, id, state) WHERE state = 'PUBLISHED';

-- What was seen, apart from the item's row, which is rewritten often and should stay small.
CREATE TABLE observations (
    item_id TEXT NOT NULL PRIMARY KEY REFERENCES items (id),
    text TEXT NOT NULL,
    author TEXT,
    published_at REAL,
    language TEXT,
    extra TEXT NOT NULL DEFAULT '{}'
) WITHOUT ROWID;

-- By what an observation is known again; rows outlive their item (tombstones). scope: source id, 0 for everywhere.
CREATE TABLE identities (
    key TEXT NOT NULL,
    scope INTEGER NOT NULL,
    source_id INTEGER NOT NULL DEFAULT 0,
    item_id TEXT NOT NULL,
    seen_at REAL NOT NULL,
    PRIMARY KEY (key, scope)
) WITHOUT ROWID;

CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES items (id),
    kind TEXT NOT NULL CHECK (kind = 'knowledge' OR kind = 'draft' OR kind = 'review' OR kind = 'post'),
    round INTEGER NOT NULL,
    model TEXT,
    content TEXT NOT NULL,
    created_at REAL NOT NULL
);

CREATE INDEX artifacts_by_item ON artifacts (item_id, id);
-- The newest posts, for the feed.
CREATE INDEX artifacts_posts ON artifacts (id) WHERE kind = 'post';

-- `source_id`, `reads`: of a reading of a source that is paid for, and how many reads it is charged with.
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
, source_id INTEGER REFERENCES sources (id), reads INTEGER NOT NULL DEFAULT 0);

CREATE INDEX calls_by_item ON calls (item_id, id);
-- Covers the sums of the ledger, so that they never read a row: the answers in the rows are long.
CREATE INDEX calls_by_time ON calls (
    started_at, brain, model, status, prompt_tokens, completion_tokens, cached_tokens, cost_micro, reserved_micro,
    task, kind, attempt, cache_write_tokens, reasoning_tokens, saved_micro, price_source, item_id
);
CREATE INDEX calls_open ON calls (id) WHERE status = 'sent';
CREATE INDEX calls_batched ON calls (id) WHERE status = 'batched';
CREATE INDEX calls_unconfirmed ON calls (started_at, brain, reserved_micro) WHERE status = 'unconfirmed';
CREATE INDEX calls_by_batch ON calls (batch_id, id) WHERE batch_id IS NOT NULL;
-- Covers the sums of readings: those of one source, without tokens.
CREATE INDEX calls_readings ON calls (started_at, source_id, reads, cost_micro) WHERE source_id IS NOT NULL;

-- The sums of the ended calls by day (days since the epoch, UTC, on which they began) and all that explains them, kept by
-- triggers in the transaction of the call.
CREATE TABLE ledger_days (
    day INTEGER NOT NULL,
    brain TEXT NOT NULL,
    task TEXT NOT NULL,
    model TEXT NOT NULL,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    is_retry INTEGER NOT NULL,
    price_source TEXT NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    reserved_micro INTEGER NOT NULL,
    saved_micro INTEGER NOT NULL,
    costless_calls INTEGER NOT NULL,
    tokenless_calls INTEGER NOT NULL,
    longest_prompt_tokens INTEGER NOT NULL,
    PRIMARY KEY (day, brain, task, model, kind, status, is_retry, price_source)
) WITHOUT ROWID;

-- The same by day and source: 0 for what a person posted, -1 for what neither an item nor a source caused.
CREATE TABLE source_days (
    day INTEGER NOT NULL,
    source_id INTEGER NOT NULL,
    calls INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    cost_micro INTEGER NOT NULL,
    PRIMARY KEY (day, source_id)
) WITHOUT ROWID;

-- Both ways in which a call comes to its end.
CREATE TRIGGER calls_entered AFTER INSERT ON calls
WHEN new.status <> 'sent' AND new.status <> 'batched'
BEGIN
    INSERT INTO ledger_days
    VALUES (
        CAST(new.started_at / 86400 AS INTEGER), new.brain, new.task, new.model, new.kind, new.status, new.attempt > 1,
        coalesce(new.price_source, ''), 1, new.prompt_tokens, new.completion_tokens, new.cached_tokens,
        new.cache_write_tokens, new.reasoning_tokens, coalesce(new.cost_micro, 0), coalesce(new.reserved_micro, 0),
        new.saved_micro, new.cost_micro IS NULL, new.status = 'ok' AND new.prompt_tokens + new.completion_tokens = 0,
        new.prompt_tokens
    )
    ON CONFLICT (day, brain, task, model, kind, status, is_retry, price_source) DO UPDATE SET
        calls = calls + excluded.calls,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_micro = cost_micro + excluded.cost_micro,
        reserved_micro = reserved_micro + excluded.reserved_micro,
        saved_micro = saved_micro + excluded.saved_micro,
        costless_calls = costless_calls + excluded.costless_calls,
        tokenless_calls = tokenless_calls + excluded.tokenless_calls,
        longest_prompt_tokens = max(longest_prompt_tokens, excluded.longest_prompt_tokens);
    INSERT INTO source_days
    VALUES (
        CAST(new.started_at / 86400 AS INTEGER),
        CASE
            WHEN new.item_id IS NULL THEN coalesce(new.source_id, -1)
            ELSE coalesce((SELECT source_id FROM items WHERE id = new.item_id), 0)
        END,
        1, new.prompt_tokens, new.completion_tokens, new.cached_tokens, new.cache_write_tokens, new.reasoning_tokens,
        coalesce(new.cost_micro, 0)
    )
    ON CONFLICT (day, source_id) DO UPDATE SET
        calls = calls + excluded.calls,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_micro = cost_micro + excluded.cost_micro;
END;

CREATE TRIGGER calls_ended AFTER UPDATE OF status ON calls
WHEN (old.status = 'sent' OR old.status = 'batched') AND new.status <> 'sent' AND new.status <> 'batched'
BEGIN
    INSERT INTO ledger_days
    VALUES (
        CAST(new.started_at / 86400 AS INTEGER), new.brain, new.task, new.model, new.kind, new.status, new.attempt > 1,
        coalesce(new.price_source, ''), 1, new.prompt_tokens, new.completion_tokens, new.cached_tokens,
        new.cache_write_tokens, new.reasoning_tokens, coalesce(new.cost_micro, 0), coalesce(new.reserved_micro, 0),
        new.saved_micro, new.cost_micro IS NULL, new.status = 'ok' AND new.prompt_tokens + new.completion_tokens = 0,
        new.prompt_tokens
    )
    ON CONFLICT (day, brain, task, model, kind, status, is_retry, price_source) DO UPDATE SET
        calls = calls + excluded.calls,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_micro = cost_micro + excluded.cost_micro,
        reserved_micro = reserved_micro + excluded.reserved_micro,
        saved_micro = saved_micro + excluded.saved_micro,
        costless_calls = costless_calls + excluded.costless_calls,
        tokenless_calls = tokenless_calls + excluded.tokenless_calls,
        longest_prompt_tokens = max(longest_prompt_tokens, excluded.longest_prompt_tokens);
    INSERT INTO source_days
    VALUES (
        CAST(new.started_at / 86400 AS INTEGER),
        CASE
            WHEN new.item_id IS NULL THEN coalesce(new.source_id, -1)
            ELSE coalesce((SELECT source_id FROM items WHERE id = new.item_id), 0)
        END,
        1, new.prompt_tokens, new.completion_tokens, new.cached_tokens, new.cache_write_tokens, new.reasoning_tokens,
        coalesce(new.cost_micro, 0)
    )
    ON CONFLICT (day, source_id) DO UPDATE SET
        calls = calls + excluded.calls,
        prompt_tokens = prompt_tokens + excluded.prompt_tokens,
        completion_tokens = completion_tokens + excluded.completion_tokens,
        cached_tokens = cached_tokens + excluded.cached_tokens,
        cache_write_tokens = cache_write_tokens + excluded.cache_write_tokens,
        reasoning_tokens = reasoning_tokens + excluded.reasoning_tokens,
        cost_micro = cost_micro + excluded.cost_micro;
END;

-- Batches at a provider. The row commits before the batch is sent, so that a crash leaves no batch nobody knows of.
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

-- What is spent or set aside, per scope (day, month, brain:left, …) and period (UTC; a brain's is the day); kept in the
-- transaction of the call.
CREATE TABLE spending (
    scope TEXT NOT NULL,
    period TEXT NOT NULL,
    charged_micro INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, period)
) WITHOUT ROWID;

-- What is read or set aside of a source on a day (UTC), kept in the transaction of the reading.
CREATE TABLE source_reads (
    source_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    reads INTEGER NOT NULL DEFAULT 0,
    micro INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, day)
) WITHOUT ROWID;

-- Append only: the history of every item, the source of live views and metrics. Ids grow by one; whoever deletes old
-- events must leave the newest, or ids would come again.
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    type TEXT NOT NULL,
    item_id TEXT,
    from_state TEXT,
    to_state TEXT,
    data TEXT NOT NULL DEFAULT '{}'
);

CREATE INDEX events_by_item ON events (item_id, id) WHERE item_id IS NOT NULL;
-- What should be rare, by time.
CREATE INDEX events_of_trouble ON events (at, type)
WHERE type = 'item_buried' OR type = 'item_rejected' OR type = 'item_held' OR type = 'item_revived';
-- How often, and when, the dead letters of a failure group were revived.
CREATE INDEX events_of_reviving ON events (json_extract(data, '$.group'), at) WHERE type = 'item_revived';
-- What became of a source: readings that are worth telling, what was delivered, and what was done with it.
CREATE INDEX events_of_sources ON events (json_extract(data, '$.source_id'), id)
WHERE type = 'source_polled' OR type = 'source_added' OR type = 'source_enabled' OR type = 'source_disabled'
OR type = 'source_removed' OR type = 'hook_delivered' OR type = 'hook_rotated';

CREATE TABLE publications (
    id INTEGER PRIMARY KEY,
    item_id TEXT NOT NULL REFERENCES items (id),
    sink TEXT NOT NULL,
    key TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status = 'intent' OR status = 'done' OR status = 'unknown' OR status = 'failed'),
    epoch INTEGER NOT NULL,
    location TEXT,
    intent_at REAL NOT NULL,
    settled_at REAL
);

CREATE INDEX publications_by_item ON publications (item_id);

CREATE TABLE controls (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL,
    set_by TEXT NOT NULL,
    set_at REAL NOT NULL
) WITHOUT ROWID;

-- The keys that callers post under (`Idempotency-Key`), kept for a week. `fingerprint`: of what was posted.
CREATE TABLE post_keys (
    key TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    item_id TEXT NOT NULL,
    posted_at REAL NOT NULL
) WITHOUT ROWID;

CREATE INDEX post_keys_by_age ON post_keys (posted_at);

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
