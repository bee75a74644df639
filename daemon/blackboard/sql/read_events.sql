-- Reading the board's events for those who listen: always in the order of their ids, and never past `upto`.

-- name: events_between
-- The events of a stretch of ids, along the primary key.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE id > :after AND id <= :upto
ORDER BY id
LIMIT :limit;

-- name: events_of_types
-- The same of some types alone (`types` is a JSON list): reads the whole stretch, so a stretch should be bounded.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE id > :after AND id <= :upto AND type IN (SELECT value FROM json_each(:types))
ORDER BY id
LIMIT :limit;

-- name: events_of_item
-- The events of one item, along events_by_item; of some types alone when `types` is not null.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE
    item_id = :item AND id > :after AND id <= :upto
    AND (:types IS NULL OR type IN (SELECT value FROM json_each(:types)))
ORDER BY id
LIMIT :limit;

-- name: newest_events
-- The newest events, backwards.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
ORDER BY id DESC
LIMIT :limit;

-- name: newest_id
-- The id of the newest event, 0 when there is none.
SELECT coalesce(max(id), 0) AS id
FROM events;
