-- What is watched of the board, again and again: each query is a step or two into an index (state_counts apart, which
-- is asked once), so that a look costs the same on a board of a million items.

-- name: state_counts
-- How many items stand in each state that has any.
SELECT state, count(*) AS count
FROM items
GROUP BY state;

-- name: last_event_id
-- The id of the newest event, 0 when there is none.
SELECT coalesce(max(id), 0) AS id
FROM events;

-- name: oldest_in_state
-- When the oldest item of a state was seen: one step into items_by_state.
SELECT created_at
FROM items
WHERE state = :state
ORDER BY id
LIMIT 1;

-- name: due_work
-- Since when the longest waiting item of each state might have been claimed: the first entries of items_available.
SELECT 'QUEUED' AS state, (SELECT min(available_at) FROM items WHERE claimed_by IS NULL AND state = 'QUEUED') AS due_at
UNION ALL
SELECT 'INGESTING', (SELECT min(available_at) FROM items WHERE claimed_by IS NULL AND state = 'INGESTING')
UNION ALL
SELECT 'DRAFTING', (SELECT min(available_at) FROM items WHERE claimed_by IS NULL AND state = 'DRAFTING')
UNION ALL
SELECT 'REVIEWING', (SELECT min(available_at) FROM items WHERE claimed_by IS NULL AND state = 'REVIEWING')
UNION ALL
SELECT 'PUBLISHING', (SELECT min(available_at) FROM items WHERE claimed_by IS NULL AND state = 'PUBLISHING');

-- name: last_post
-- When the newest post was made.
SELECT created_at
FROM artifacts
WHERE kind = 'post'
ORDER BY id DESC
LIMIT 1;

-- name: charged_now
-- What is charged (spent, set aside or unconfirmed) to every scope in its running period.
SELECT scope, period, charged_micro
FROM spending
WHERE period = :day OR period = :month
ORDER BY scope;

-- name: control
-- What a switch is set to.
SELECT value
FROM controls
WHERE key = :key;

-- name: watched_sources
-- Every source that has not been removed, and how reading it goes.
SELECT
    id, kind, name, is_enabled, is_gone, next_fetch_at, last_fetch_at, last_success_at, last_item_at, errors_in_row,
    last_error, created_at
FROM sources
WHERE removed_at IS NULL
ORDER BY id;
