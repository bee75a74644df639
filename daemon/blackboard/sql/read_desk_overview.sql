-- The first page of the dashboard: each query is a stretch of an index, however large the board (count_by_state apart,
-- which is asked once and then follows the events).

-- name: last_event_id
-- The id of the newest event, 0 when there is none.
SELECT coalesce(max(id), 0) AS id
FROM events;

-- name: count_by_state
-- How many items stand in each state that has any. Reads all of items_by_state.
SELECT state, count(*) AS count
FROM items INDEXED BY items_by_state
GROUP BY state;

-- name: moves_between
-- The events of a stretch of ids by the states they lead from and to.
SELECT from_state, to_state, count(*) AS count
FROM events
WHERE id > :after AND id <= :upto
GROUP BY from_state, to_state;

-- name: oldest_in_state
-- When the oldest item of a state was seen: one step into items_by_state.
SELECT created_at
FROM items
WHERE state = :state
ORDER BY id
LIMIT 1;

-- name: awaiting_articles
-- How many items wait for their article: items_awaiting alone.
SELECT count(*) AS count
FROM items INDEXED BY items_awaiting
WHERE waits_for = 'article' AND state = 'QUEUED';

-- name: total_since
-- The sums of the ledger from a time on, read from calls_by_time alone.
SELECT
    count(*) AS calls,
    coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
    coalesce(sum(completion_tokens), 0) AS completion_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since;

-- name: all_controls
-- Every switch and what the daemon last wrote of itself.
SELECT key, value
FROM controls;

-- name: posted_between
-- How many items were posted between the ids of each pair of `bounds` (a JSON list of pairs), along the primary key.
SELECT
    bounds.key AS place,
    (
        SELECT count(*) FROM items
        WHERE id >= json_extract(bounds.value, '$[0]') AND id < json_extract(bounds.value, '$[1]')
    ) AS count
FROM json_each(:bounds) AS bounds;

-- name: ended_by_hour
-- How many items came to their end in each hour (hours since the epoch), of items_by_change alone.
SELECT state, CAST(updated_at / 3600 AS INTEGER) AS hour, count(*) AS count
FROM items INDEXED BY items_by_change
WHERE updated_at >= :since AND (state = 'PUBLISHED' OR state = 'DISCARDED')
GROUP BY state, hour;

-- name: trouble_by_hour
-- What went wrong in each hour, and what was put back to work, of events_of_trouble alone.
SELECT type, CAST(at / 3600 AS INTEGER) AS hour, count(*) AS count
FROM events INDEXED BY events_of_trouble
WHERE at >= :since AND (type = 'item_buried' OR type = 'item_rejected' OR type = 'item_held' OR type = 'item_revived')
GROUP BY type, hour;

-- name: at_work
-- What is worked on now, along items_leased, with the time of its newest claim.
SELECT
    i.id, i.title, i.state, i.round, i.attempts, i.lease_until,
    (
        SELECT e.at FROM events AS e
        WHERE e.item_id = i.id AND e.type = 'item_claimed'
        ORDER BY e.id DESC
        LIMIT 1
    ) AS claimed_at
FROM items AS i INDEXED BY items_leased
WHERE i.claimed_by IS NOT NULL
ORDER BY claimed_at, i.id
LIMIT :limit;

-- name: newest_held
-- The newest items that wait for a person's decision. Along items_by_change they would be looked for among all others.
SELECT id, title, held_in, reason, updated_at
FROM items INDEXED BY items_by_state
WHERE state = 'HELD'
ORDER BY updated_at DESC
LIMIT :limit;

-- name: largest_groups
-- The failure groups, those that failed anew after a retry before the others and then the largest first, of
-- items_by_failure and events_of_reviving alone.
SELECT
    dead.*,
    (SELECT max(e.at) FROM events AS e WHERE e.type = 'item_revived' AND json_extract(e.data, '$.group') = failure_group)
        AS revived_at
FROM (
    SELECT failure_group, count(*) AS count, min(updated_at) AS first_at, max(updated_at) AS last_at
    FROM items INDEXED BY items_by_failure
    WHERE state = 'DEAD_LETTER'
    GROUP BY failure_group
) AS dead
ORDER BY coalesce(last_at > revived_at, 0) DESC, count DESC, failure_group
LIMIT :limit;

-- name: dead_since
-- How many of a group died after a time, of items_by_failure alone.
SELECT count(*) AS count
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER' AND failure_group = :failure_group AND updated_at > :since;
