-- Reading items, for people and programs. Listings go from the newest to the oldest; `before` is the id of the last
-- item of the page before (`~` is above every id). What an item cost is summed up for the rows that are shown alone: the
-- item's own row tells what its budget is charged with, calls of unknown outcome among it.

-- name: list_all
-- A page of the whole board, along the primary key.
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro
FROM items AS i
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    i.id < :before
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
ORDER BY i.id DESC
LIMIT :limit;

-- name: list_in_state
-- A page of one state, along items_by_state; with a source, the state is the narrower of the two.
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro
FROM items AS i
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    i.state = :state
    AND i.id < :before
    AND (:source_id IS NULL OR +i.source_id = :source_id)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
ORDER BY i.id DESC
LIMIT :limit;

-- name: list_of_source
-- A page of one source, along items_by_source; with a final state, the source is the narrower of the two.
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro
FROM items AS i
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    i.source_id = :source_id
    AND i.id < :before
    AND (:state IS NULL OR +i.state = :state)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
ORDER BY i.id DESC
LIMIT :limit;

-- name: find_item
-- One item with what was seen.
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro,
    i.source_id, i.tags, i.held_in, i.failure_group, i.duplicate_of,
    i.available_at, i.waits_for, i.finalized_at, i.remembered_at, i.claimed_by, i.lease_until, i.epoch, i.rescues,
    i.model, o.text, o.author, o.published_at, o.language, json_extract(o.extra, '$.feed_text') AS feed_text,
    json_extract(o.extra, '$.article') AS article
FROM items AS i
LEFT JOIN sources AS s ON s.id = i.source_id
LEFT JOIN observations AS o ON o.item_id = i.id
WHERE i.id = :id;

-- name: edits_of
-- What one item said before a person edited it, oldest first.
SELECT title, text, edited_by, edited_at FROM edits WHERE item_id = :id ORDER BY id;

-- name: artifacts_of
-- What the steps of one item produced, oldest first.
SELECT kind, round, model, content, created_at
FROM artifacts
WHERE item_id = :id
ORDER BY id;

-- name: calls_of
-- The calls of one item, oldest first.
SELECT
    id, brain, task, kind, provider, model, status, attempt, round, prompt_tokens, completion_tokens, cached_tokens,
    cost_micro, reserved_micro, saved_micro, latency_ms, first_token_ms, error, fingerprint, started_at, batch_id
FROM calls
WHERE item_id = :id
ORDER BY id;

-- name: events_of
-- The history of one item.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE item_id = :id
ORDER BY id;

-- name: publications_of
-- Where the post of one item went.
SELECT sink, key, status, location, intent_at, settled_at
FROM publications
WHERE item_id = :id
ORDER BY id;

-- name: states_of
-- The state of each of the given items (`ids` is a JSON list).
SELECT i.id, i.state
FROM json_each(:ids) AS wanted
CROSS JOIN items AS i ON i.id = wanted.value;

-- name: groups_of_dead_letters
-- Dead letters by their failure, the largest group first.
SELECT failure_group, count(*) AS count, min(updated_at) AS first_at, max(updated_at) AS last_at, max(id) AS sample_id
FROM items
WHERE state = 'DEAD_LETTER'
GROUP BY failure_group
ORDER BY count DESC, failure_group;
