-- Reading the board as a whole: counts, ages, sums, events, switches.

-- name: count_by_state
-- How many items stand in each state that has any.
SELECT state, count(*) AS count
FROM items
GROUP BY state;

-- name: oldest_in_state
-- When the oldest item of a state was seen: one step into items_by_state.
SELECT created_at
FROM items
WHERE state = :state
ORDER BY id
LIMIT 1;

-- name: total_since
-- The sums of the ledger from a time on, read from calls_by_time alone.
SELECT
    count(*) AS calls,
    coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
    coalesce(sum(completion_tokens), 0) AS completion_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since;

-- name: events_after
-- The next events of the board, in the order of their ids.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE id > :after
ORDER BY id
LIMIT :limit;

-- name: last_event_id
-- The id of the newest event, 0 when there is none.
SELECT coalesce(max(id), 0) AS id
FROM events;

-- name: all_controls
-- Every switch and what the daemon last wrote of itself.
SELECT key, value
FROM controls;

-- name: find_sources
-- The sources a person may mean by an id, an address or a name, also removed ones (their items stay).
SELECT id
FROM sources
WHERE id = :number OR address = :text OR name = :text COLLATE NOCASE
ORDER BY removed_at IS NOT NULL, id;

-- name: unremembered_count
-- How many published items are not in the memory.
SELECT count(*) AS count
FROM items
WHERE state = 'PUBLISHED' AND remembered_at IS NULL;

-- name: check_quickly
-- `ok`, or what is damaged.
PRAGMA quick_check(5);
