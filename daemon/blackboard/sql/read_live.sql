-- What a live view starts from: each query but `state_counts` takes a bounded number of steps, however large the board.

-- name: newest_id
-- The id of the newest event, 0 when there is none.
SELECT coalesce(max(id), 0) AS id
FROM events;

-- name: state_counts
-- How many items stand in each state that has any.
SELECT state, count(*) AS count
FROM items
GROUP BY state;

-- name: paused
-- Whether work is stopped.
SELECT value
FROM controls
WHERE key = 'paused';

-- name: claimed_items
-- What is worked on, along items_leased.
SELECT id
FROM items
WHERE claimed_by IS NOT NULL
ORDER BY lease_until DESC
LIMIT :limit;

-- name: told_items
-- What the newest events tell of, the latest first. The plus signs keep SQLite from walking along all of events_by_item.
SELECT +item_id AS id
FROM events
WHERE id > :after AND +item_id IS NOT NULL
GROUP BY +item_id
ORDER BY max(id) DESC
LIMIT :limit;

-- name: newest_items
-- The newest items, along the primary key.
SELECT id
FROM items
ORDER BY id DESC
LIMIT :limit;

-- name: these_items
-- The items of these ids (a JSON list).
SELECT i.id, i.title, i.state, i.round, i.updated_at, i.reason, i.waits_for, i.claimed_by IS NOT NULL AS is_working
FROM json_each(:ids) AS wanted
CROSS JOIN items AS i ON i.id = wanted.value;

-- name: newest_posts
-- The newest published posts, backwards along artifacts_posts.
SELECT
    json_extract(a.content, '$.title') AS title,
    json_extract(a.content, '$.slug') AS slug,
    json_extract(a.content, '$.summary') AS summary,
    coalesce(i.finalized_at, a.created_at) AS at
FROM artifacts AS a
CROSS JOIN items AS i ON i.id = a.item_id
WHERE a.kind = 'post' AND i.state = 'PUBLISHED'
ORDER BY a.id DESC
LIMIT :limit;

-- name: total_since
-- The sums of the ledger from a time on, read from calls_by_time alone.
SELECT
    count(*) AS calls,
    coalesce(sum(prompt_tokens), 0) AS prompt_tokens,
    coalesce(sum(completion_tokens), 0) AS completion_tokens,
    coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls
WHERE started_at >= :since;
