-- Sources, and what became of the memory, for the dashboard.

-- name: posted_of_sources
-- How many items each source brought since an id, of items_by_source alone. What people posted is not among them.
SELECT
    s.id AS source_id,
    (
        SELECT count(*) FROM items INDEXED BY items_by_source
        WHERE items.source_id = s.id AND items.id >= :first
    ) AS count
FROM sources AS s
WHERE s.removed_at IS NULL;

-- name: posted_by_day
-- How many items a source brought between the ids of each pair of `bounds` (a JSON list of pairs), the same way.
SELECT
    (
        SELECT count(*) FROM items INDEXED BY items_by_source
        WHERE
            items.source_id = :id AND items.id >= json_extract(bounds.value, '$[0]')
            AND items.id < json_extract(bounds.value, '$[1]')
    ) AS count
FROM json_each(:bounds) AS bounds
ORDER BY bounds.key;

-- name: published_of_sources
-- How many of the items that each source brought since an id are published, of items_published alone.
SELECT
    s.id AS source_id,
    (
        SELECT count(*) FROM items INDEXED BY items_published
        WHERE state = 'PUBLISHED' AND items.source_id = s.id AND items.id >= :first
    ) AS count
FROM sources AS s
WHERE s.removed_at IS NULL;

-- name: events_of_source
-- The newest of what is told of a source, along events_of_sources, which has no others.
SELECT id, type, item_id, from_state, to_state, at, data
FROM events INDEXED BY events_of_sources
WHERE
    json_extract(data, '$.source_id') = :id AND (
        type = 'source_polled' OR type = 'source_added' OR type = 'source_enabled' OR type = 'source_disabled'
        OR type = 'source_removed' OR type = 'hook_delivered' OR type = 'hook_rotated'
    )
ORDER BY id DESC
LIMIT :limit;

-- name: cost_by_source
-- The calls and the cost of each source on some days (days since the epoch, UTC).
SELECT source_id, sum(calls) AS calls, sum(cost_micro) AS cost_micro
FROM source_days
WHERE day >= :first
GROUP BY source_id;

-- name: unremembered
-- How many published items are not in the memory: all entries of an index that holds nothing else.
SELECT count(*) AS count
FROM items INDEXED BY items_unremembered
WHERE state = 'PUBLISHED' AND remembered_at IS NULL;

-- name: longest_unremembered
-- When the first of them was published.
SELECT finalized_at
FROM items INDEXED BY items_unremembered
WHERE state = 'PUBLISHED' AND remembered_at IS NULL
ORDER BY finalized_at
LIMIT 1;
