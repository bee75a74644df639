-- Readings that cost money, by source and day; items that wait for their article.

-- Of a reading of a source that is paid for: the source, and how many reads it is charged with.
ALTER TABLE calls ADD COLUMN source_id INTEGER REFERENCES sources (id);
ALTER TABLE calls ADD COLUMN reads INTEGER NOT NULL DEFAULT 0;

-- Covers the sums of readings: those of one source, without tokens.
CREATE INDEX calls_readings ON calls (started_at, source_id, reads, cost_micro) WHERE source_id IS NOT NULL;

-- What a source waits for: `budget`, when nothing was asked because there was none.
ALTER TABLE sources ADD COLUMN waits_for TEXT;

-- What is read or set aside of a source on a day (UTC), kept in the transaction of the reading.
CREATE TABLE source_reads (
    source_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    reads INTEGER NOT NULL DEFAULT 0,
    micro INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (source_id, day)
) WITHOUT ROWID;

-- What waits for its article, oldest first.
CREATE INDEX items_awaiting ON items (id) WHERE waits_for = 'article' AND state = 'QUEUED';

-- What was delivered is told of a source too.
DROP INDEX events_of_sources;
CREATE INDEX events_of_sources ON events (json_extract(data, '$.source_id'), id)
WHERE type = 'source_polled' OR type = 'source_added' OR type = 'source_enabled' OR type = 'source_disabled'
OR type = 'source_removed' OR type = 'hook_delivered' OR type = 'hook_rotated';

-- A reading is its source's, though no item caused it.
DROP TRIGGER calls_entered;
DROP TRIGGER calls_ended;

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
