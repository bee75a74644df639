-- Reading what is spent and set aside.

-- name: spent_by_minute
-- Tokens (cached ones not counted) and settled cost by minute, read from calls_by_time alone.
SELECT
    CAST(started_at / 60 AS INTEGER) * 60 AS minute,
    sum(prompt_tokens - cached_tokens + completion_tokens) AS tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since
GROUP BY minute
ORDER BY minute;

-- name: charged
-- What is spent or set aside in a scope and period.
SELECT charged_micro FROM spending WHERE scope = :scope AND period = :period;

-- name: charged_in
-- The same of every scope in one of these periods (a day and its month).
SELECT scope, charged_micro FROM spending WHERE period = :day OR period = :month ORDER BY scope;

-- name: set_aside
-- What calls under way and calls in a batch have set aside, and how many they are: only open calls are looked at.
SELECT status, count(*) AS calls, coalesce(sum(reserved_micro), 0) AS micro FROM calls WHERE status = 'sent'
GROUP BY status
UNION ALL
SELECT status, count(*) AS calls, coalesce(sum(reserved_micro), 0) AS micro FROM calls WHERE status = 'batched'
GROUP BY status;
