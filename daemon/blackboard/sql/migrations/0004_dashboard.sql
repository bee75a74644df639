-- What the dashboard reads on a large board: the ledger by day, items and dead letters in other orders, trouble by time.

-- By when they changed last; those that are over changed last when they ended. The state stands behind, so that no
-- query that asks for a state alone takes these for items_by_state.
CREATE INDEX items_by_change ON items (updated_at, id, state);
-- The dearest first. Free items are not in it.
CREATE INDEX items_by_cost ON items (cost_micro, id, state) WHERE cost_micro > 0;

DROP INDEX items_by_failure;
-- Dead letters by what they failed of, without reading their rows.
CREATE INDEX items_by_failure ON items (failure_group, updated_at, id, died_in, state) WHERE state = 'DEAD_LETTER';

-- What should be rare, by time.
CREATE INDEX events_of_trouble ON events (at, type)
WHERE type = 'item_buried' OR type = 'item_rejected' OR type = 'item_held' OR type = 'item_revived';
-- How often, and when, the dead letters of a failure group were revived.
CREATE INDEX events_of_reviving ON events (json_extract(data, '$.group'), at) WHERE type = 'item_revived';

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

-- The same by day and source: 0 for what a person posted, -1 for what no item caused.
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

-- What was called before, read from calls_by_time alone.
INSERT INTO ledger_days
SELECT
    CAST(started_at / 86400 AS INTEGER) AS day, brain, task, model, kind, status, attempt > 1 AS is_retry,
    coalesce(price_source, '') AS priced_by, count(*), sum(prompt_tokens), sum(completion_tokens), sum(cached_tokens),
    sum(cache_write_tokens), sum(reasoning_tokens), coalesce(sum(cost_micro), 0), coalesce(sum(reserved_micro), 0),
    sum(saved_micro), sum(cost_micro IS NULL), sum(status = 'ok' AND prompt_tokens + completion_tokens = 0),
    max(prompt_tokens)
FROM calls INDEXED BY calls_by_time
WHERE started_at >= 0 AND status <> 'sent' AND status <> 'batched'
GROUP BY day, brain, task, model, kind, status, is_retry, priced_by;

INSERT INTO source_days
SELECT
    CAST(c.started_at / 86400 AS INTEGER) AS day,
    CASE WHEN c.item_id IS NULL THEN -1 ELSE coalesce(i.source_id, 0) END AS source,
    count(*), sum(c.prompt_tokens), sum(c.completion_tokens), sum(c.cached_tokens), sum(c.cache_write_tokens),
    sum(c.reasoning_tokens), coalesce(sum(c.cost_micro), 0)
FROM calls AS c INDEXED BY calls_by_time
LEFT JOIN items AS i ON i.id = c.item_id
WHERE c.started_at >= 0 AND c.status <> 'sent' AND c.status <> 'batched'
GROUP BY day, source;

-- From here on, both ways in which a call comes to its end.
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
            WHEN new.item_id IS NULL THEN -1
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
            WHEN new.item_id IS NULL THEN -1
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
