-- Economics for the dashboard. What is over is read from ledger_days and source_days, which hold the ended calls by day (days
-- since the epoch, UTC); what is open is read from calls_open and calls_batched, which hold nothing else.

-- name: days_between
-- The ended calls of some days by all that explains them, as `ledger_sums` answers them.
SELECT
    day, brain, task, model, kind, status, is_retry, nullif(price_source, '') AS price_source, calls, prompt_tokens,
    completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_micro, reserved_micro, saved_micro,
    costless_calls
FROM ledger_days
WHERE day >= :first AND day < :after;

-- name: open_between
-- The calls that began on some days and are not over, likewise.
SELECT
    CAST(started_at / 86400 AS INTEGER) AS day, brain, task, model, kind, status, attempt > 1 AS is_retry, price_source,
    count(*) AS calls, sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(reasoning_tokens) AS reasoning_tokens, coalesce(sum(cost_micro), 0) AS cost_micro,
    coalesce(sum(reserved_micro), 0) AS reserved_micro, sum(saved_micro) AS saved_micro,
    sum(cost_micro IS NULL) AS costless_calls
FROM calls INDEXED BY calls_open
WHERE status = 'sent' AND started_at >= :first * 86400 AND started_at < :after * 86400
GROUP BY day, brain, task, model, kind, status, is_retry, price_source
UNION ALL
SELECT
    CAST(started_at / 86400 AS INTEGER) AS day, brain, task, model, kind, status, attempt > 1 AS is_retry, price_source,
    count(*) AS calls, sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
    sum(cached_tokens) AS cached_tokens, sum(cache_write_tokens) AS cache_write_tokens,
    sum(reasoning_tokens) AS reasoning_tokens, coalesce(sum(cost_micro), 0) AS cost_micro,
    coalesce(sum(reserved_micro), 0) AS reserved_micro, sum(saved_micro) AS saved_micro,
    sum(cost_micro IS NULL) AS costless_calls
FROM calls INDEXED BY calls_batched
WHERE status = 'batched' AND started_at >= :first * 86400 AND started_at < :after * 86400
GROUP BY day, brain, task, model, kind, status, is_retry, price_source;

-- name: sources_between
-- The ended calls of some days by source; `source_id` as source_days has it, which is no NULL.
SELECT
    d.source_id, s.name AS source, sum(d.calls) AS calls, sum(d.prompt_tokens) AS prompt_tokens,
    sum(d.completion_tokens) AS completion_tokens, sum(d.cached_tokens) AS cached_tokens,
    sum(d.cache_write_tokens) AS cache_write_tokens, sum(d.reasoning_tokens) AS reasoning_tokens,
    sum(d.cost_micro) AS cost_micro
FROM source_days AS d
LEFT JOIN sources AS s ON s.id = d.source_id
WHERE d.day >= :first AND d.day < :after
GROUP BY d.source_id
ORDER BY d.source_id;

-- name: open_by_source
-- The calls that began on some days and are not over, by source: how many there are.
SELECT
    CASE WHEN c.item_id IS NULL THEN coalesce(c.source_id, -1) ELSE coalesce(i.source_id, 0) END AS source_id,
    s.name AS source, count(*) AS calls
FROM (
    SELECT item_id, source_id, started_at FROM calls INDEXED BY calls_open WHERE status = 'sent'
    UNION ALL
    SELECT item_id, source_id, started_at FROM calls INDEXED BY calls_batched WHERE status = 'batched'
) AS c
LEFT JOIN items AS i ON i.id = c.item_id
LEFT JOIN sources AS s ON s.id = coalesce(i.source_id, c.source_id)
WHERE c.started_at >= :first * 86400 AND c.started_at < :after * 86400
GROUP BY 1;

-- name: by_hour
-- The sums of the ledger by hour (hours since the epoch), read from calls_by_time alone: for a few days at most.
SELECT
    CAST(started_at / 3600 AS INTEGER) AS hour,
    brain,
    task,
    model,
    count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since
GROUP BY hour, brain, task, model;

-- name: tokens_of_days
-- The answered calls of some days by brain, and the longest prompt among them, as `tokens_between` answers them.
SELECT
    day AS bucket,
    brain,
    sum(calls) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(completion_tokens) AS completion_tokens,
    sum(cost_micro) AS cost_micro,
    sum((kind = 'batch') * calls) AS batch_calls,
    sum(costless_calls) AS unpriced_calls,
    sum(tokenless_calls) AS tokenless_calls,
    max(longest_prompt_tokens) AS longest_prompt_tokens
FROM ledger_days
WHERE day >= :first AND day < :after AND (status = 'ok' OR status = 'malformed' OR status = 'error')
GROUP BY day, brain
ORDER BY day, brain;

-- name: items_waiting
-- What items wait for, and how many for each. Along items_available, so only what is not due yet is looked at.
SELECT waits_for, count(*) AS count
FROM items
WHERE claimed_by IS NULL AND available_at > :now AND waits_for IS NOT NULL AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
)
GROUP BY waits_for;
