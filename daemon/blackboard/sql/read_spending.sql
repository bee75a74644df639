-- Reading what is spent and set aside.

-- name: spent_by_minute
-- Tokens (cached ones not counted) and settled cost by minute, without batches and readings of sources, which are in no
-- hurry: read from calls_by_time alone.
SELECT
    CAST(started_at / 60 AS INTEGER) * 60 AS minute,
    sum(prompt_tokens - cached_tokens + completion_tokens) AS tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since AND kind <> 'batch' AND brain <> 'sensor'
GROUP BY minute
ORDER BY minute;

-- name: charged
-- What is spent or set aside in a scope and period.
SELECT charged_micro FROM spending WHERE scope = :scope AND period = :period;
