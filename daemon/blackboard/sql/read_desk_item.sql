-- One item for the dashboard, however long its history is: each query goes along an index of the item's own rows.

-- name: newest_events_of
-- The newest events of an item, backwards along events_by_item, before an id; `without` is a JSON list of types, or null.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE item_id = :id AND id < :before AND (:without IS NULL OR type NOT IN (SELECT value FROM json_each(:without)))
ORDER BY id DESC
LIMIT :limit;

-- name: count_events_of
-- How many there are, up to :limit.
SELECT count(*) AS count
FROM (
    SELECT 1 FROM events
    WHERE item_id = :id AND (:without IS NULL OR type NOT IN (SELECT value FROM json_each(:without)))
    LIMIT :limit
);

-- name: article_of
-- What became of the article behind an item, as its last fetching told it.
SELECT at, data
FROM events
WHERE item_id = :id AND type = 'article_settled'
ORDER BY id DESC
LIMIT 1;

-- name: artifacts_of
-- What the steps produced, oldest first.
SELECT kind, round, model, content, created_at
FROM artifacts
WHERE item_id = :id
ORDER BY id;

-- name: sums_by_round
-- What the calls of an item were, by round and task.
SELECT
    round, task, count(*) AS calls, sum(prompt_tokens) AS prompt_tokens, sum(completion_tokens) AS completion_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro, coalesce(sum(latency_ms), 0) AS latency_ms
FROM calls
WHERE item_id = :id
GROUP BY round, task
ORDER BY round, task;
