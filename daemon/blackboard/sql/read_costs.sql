-- What a stretch of time cost. The sums are read from calls_by_time alone, never from the rows: their answers are long.

-- name: ledger_sums
-- The sums of the ledger by day (days since the epoch, UTC) and everything a call is explained by.
SELECT
    CAST(started_at / 86400 AS INTEGER) AS day,
    brain,
    task,
    model,
    kind,
    status,
    attempt > 1 AS is_retry,
    price_source,
    count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(reasoning_tokens) AS reasoning_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro,
    coalesce(sum(reserved_micro), 0) AS reserved_micro,
    sum(saved_micro) AS saved_micro,
    sum(cost_micro IS NULL) AS costless_calls
FROM calls
WHERE started_at >= :since AND started_at < :until
GROUP BY day, brain, task, model, kind, status, is_retry, price_source
ORDER BY day, brain, task, model;

-- name: sums_by_origin
-- The sums by source (`source`; none for what a person posted and for what neither an item nor a source caused), and
-- the dearest items. Readings stand in an index of their own: what it holds is taken from what has no item, and given to
-- their sources. They have no tokens.
WITH
spent AS MATERIALIZED (
    SELECT
        item_id,
        count(*) AS calls,
        sum(prompt_tokens) AS prompt_tokens,
        sum(completion_tokens) AS completion_tokens,
        sum(cached_tokens) AS cached_tokens,
        sum(cache_write_tokens) AS cache_write_tokens,
        sum(reasoning_tokens) AS reasoning_tokens,
        coalesce(sum(cost_micro), 0) AS cost_micro
    FROM calls
    WHERE started_at >= :since AND started_at < :until
    GROUP BY item_id
),
readings AS MATERIALIZED (
    SELECT source_id, count(*) AS calls, coalesce(sum(cost_micro), 0) AS cost_micro
    FROM calls INDEXED BY calls_readings
    WHERE source_id IS NOT NULL AND started_at >= :since AND started_at < :until
    GROUP BY source_id
),
origins AS (
    SELECT
        spent.item_id IS NOT NULL AS has_item,
        items.source_id AS source_id,
        calls, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens,
        spent.cost_micro AS cost_micro
    FROM spent
    LEFT JOIN items ON items.id = spent.item_id
    UNION ALL
    SELECT 1, source_id, calls, 0, 0, 0, 0, 0, cost_micro FROM readings
    UNION ALL
    SELECT 0, NULL, -calls, 0, 0, 0, 0, 0, -cost_micro FROM readings
),
by_source AS (
    SELECT
        has_item,
        source_id,
        sum(calls) AS calls,
        sum(prompt_tokens) AS prompt_tokens,
        sum(completion_tokens) AS completion_tokens,
        sum(cached_tokens) AS cached_tokens,
        sum(cache_write_tokens) AS cache_write_tokens,
        sum(reasoning_tokens) AS reasoning_tokens,
        sum(cost_micro) AS cost_micro
    FROM origins
    GROUP BY has_item, source_id
    HAVING sum(calls) > 0
),
dearest AS (
    SELECT item_id, calls, cost_micro
    FROM spent
    WHERE item_id IS NOT NULL AND cost_micro > 0
    ORDER BY cost_micro DESC, item_id DESC
    LIMIT :items
)
SELECT
    NULL AS item_id, NULL AS title, has_item, source_id, sources.name AS source, calls, prompt_tokens,
    completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_micro
FROM by_source
LEFT JOIN sources ON sources.id = source_id
UNION ALL
SELECT item_id, items.title, 1, NULL, NULL, calls, NULL, NULL, NULL, NULL, NULL, dearest.cost_micro
FROM dearest
INNER JOIN items ON items.id = dearest.item_id;

-- name: total_between
-- The calls and the cost of another stretch of time, to compare with.
SELECT count(*) AS calls, coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since AND started_at < :until;

-- name: cancelled_between
-- How many calls ended because whoever asked gave up; only rows that ended badly are read.
SELECT count(*) AS calls
FROM calls
WHERE
    started_at >= :since AND started_at < :until AND (status = 'error' OR status = 'unconfirmed')
    AND lower(error) GLOB 'cancelled*';

-- name: tokens_between
-- The tokens of answered calls with prompts of one length class, by bucket of :bucket seconds and brain.
SELECT
    CAST(started_at / :bucket AS INTEGER) AS bucket,
    brain,
    count(*) AS calls,
    sum(prompt_tokens) AS prompt_tokens,
    sum(cached_tokens) AS cached_tokens,
    sum(cache_write_tokens) AS cache_write_tokens,
    sum(completion_tokens) AS completion_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro,
    sum(kind = 'batch') AS batch_calls,
    sum(cost_micro IS NULL) AS unpriced_calls,
    sum(status = 'ok' AND prompt_tokens + completion_tokens = 0) AS tokenless_calls
FROM calls
WHERE
    started_at >= :since AND started_at < :until AND prompt_tokens > :above AND prompt_tokens <= :upto
    AND (status = 'ok' OR status = 'malformed' OR status = 'error')
GROUP BY bucket, brain
ORDER BY bucket, brain;

-- name: items_waiting
-- What items wait for, and how many for each. Along items_available, so only what is not due yet is looked at.
SELECT waits_for, count(*) AS count
FROM items
WHERE claimed_by IS NULL AND available_at > :now AND waits_for IS NOT NULL AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
)
GROUP BY waits_for;

-- name: charged_now
-- What is charged (spent, set aside or unconfirmed) to every scope in its running period.
SELECT scope, period, charged_micro
FROM spending
WHERE period = :day OR period = :month
ORDER BY scope;

-- name: open_money
-- What of the charged money is not spent, by day (days since the epoch), brain and status: only such calls are read.
SELECT CAST(started_at / 86400 AS INTEGER) AS day, brain, 'sent' AS status, coalesce(sum(reserved_micro), 0) AS micro
FROM calls INDEXED BY calls_open
WHERE status = 'sent' AND started_at >= :since
GROUP BY day, brain
UNION ALL
SELECT CAST(started_at / 86400 AS INTEGER) AS day, brain, 'batched' AS status, coalesce(sum(reserved_micro), 0) AS micro
FROM calls INDEXED BY calls_batched
WHERE status = 'batched' AND started_at >= :since
GROUP BY day, brain
UNION ALL
SELECT
    CAST(started_at / 86400 AS INTEGER) AS day, brain, 'unconfirmed' AS status,
    coalesce(sum(reserved_micro), 0) AS micro
FROM calls INDEXED BY calls_unconfirmed
WHERE status = 'unconfirmed' AND started_at >= :since
GROUP BY day, brain;

-- name: spent_by_second
-- What was used up in each second since a time: tokens that were not cached, money, and apart from it the money for
-- readings of sources. Batches do not count.
SELECT
    CAST(started_at AS INTEGER) AS at,
    sum(prompt_tokens - cached_tokens + completion_tokens) AS tokens,
    coalesce(sum(CASE WHEN brain = 'sensor' THEN 0 ELSE cost_micro END), 0) AS micro,
    coalesce(sum(CASE WHEN brain = 'sensor' THEN cost_micro END), 0) AS read_micro
FROM calls
WHERE started_at >= :since AND kind <> 'batch'
GROUP BY CAST(started_at AS INTEGER);

-- name: spent_by_day
-- What was spent on some days (days since the epoch, UTC); days without a call are left out.
SELECT day, sum(cost_micro) AS micro
FROM ledger_days
WHERE day >= :first AND day < :after
GROUP BY day;

-- name: control
-- A switch, or what the daemon last wrote of itself.
SELECT value
FROM controls
WHERE key = :key;
