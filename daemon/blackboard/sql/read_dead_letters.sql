-- Reading dead letters for who decides about them: by items_by_state, or by items_by_failure where a group is named.
-- `step` is the state they died in.

-- name: count_meant
-- How many a filter means, of how many groups, and what their budgets are charged with so far.
SELECT
    count(*) AS count, count(DISTINCT i.failure_group) AS groups, coalesce(sum(i.cost_micro), 0) AS charged_micro
FROM items AS i
WHERE
    i.state = 'DEAD_LETTER'
    AND (:failure_group IS NULL OR i.failure_group = :failure_group)
    AND (:step IS NULL OR i.died_in = :step)
    AND (:source_id IS NULL OR +i.source_id = :source_id)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact);

-- name: ids_meant
-- The ids a filter means, oldest first.
SELECT i.id
FROM items AS i
WHERE
    i.state = 'DEAD_LETTER' AND i.id > :after
    AND (:failure_group IS NULL OR i.failure_group = :failure_group)
    AND (:step IS NULL OR i.died_in = :step)
    AND (:source_id IS NULL OR +i.source_id = :source_id)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
ORDER BY i.id
LIMIT :limit;

-- name: groups_meant
-- What a filter means by failure, the largest group first.
SELECT
    i.failure_group, count(*) AS count, min(i.updated_at) AS first_at, max(i.updated_at) AS last_at,
    max(i.id) AS sample_id, coalesce(sum(i.cost_micro), 0) AS charged_micro
FROM items AS i
WHERE
    i.state = 'DEAD_LETTER'
    AND (:failure_group IS NULL OR i.failure_group = :failure_group)
    AND (:step IS NULL OR i.died_in = :step)
    AND (:source_id IS NULL OR +i.source_id = :source_id)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
GROUP BY i.failure_group
ORDER BY count DESC, i.failure_group
LIMIT :limit;

-- name: letters_meant
-- A page of them, newest first; `before` is the last id of the page before.
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason, i.failure_group,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro
FROM items AS i
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    i.state = 'DEAD_LETTER' AND i.id < :before
    AND (:failure_group IS NULL OR i.failure_group = :failure_group)
    AND (:step IS NULL OR i.died_in = :step)
    AND (:source_id IS NULL OR +i.source_id = :source_id)
    AND (:search IS NULL OR i.title LIKE :search ESCAPE '\' OR i.url LIKE :search ESCAPE '\' OR i.id = :exact)
ORDER BY i.id DESC
LIMIT :limit;

-- name: sample_of
-- What is shown of one dead letter beside its group.
SELECT id, title, died_in, error FROM items WHERE id = :id;

-- name: dead_again
-- How many of the newest of one group were put back to work before, and have failed anew; :most bounds the look.
SELECT count(*) AS count
FROM (
    SELECT i.id FROM items AS i
    WHERE i.state = 'DEAD_LETTER' AND i.failure_group = :failure_group
    ORDER BY i.updated_at DESC LIMIT :most
) AS newest
WHERE EXISTS (
    SELECT 1 FROM events AS e WHERE e.item_id = newest.id AND (e.type = 'item_revived' OR e.type = 'item_edited')
);

-- name: failed_attempts
-- The failed attempts of one item and its burials, oldest first, by events_by_item.
SELECT id, at, type, item_id, from_state, to_state, data
FROM events
WHERE item_id = :id AND type IN ('attempt_failed', 'item_buried', 'item_revived', 'item_edited')
ORDER BY id;

-- name: revived_between
-- Where the items stand now that were revived between two events; the stretch is one click, and short.
SELECT i.id, i.state, i.title, i.error, i.failure_group, i.available_at, i.waits_for, i.claimed_by
FROM (
    SELECT DISTINCT e.item_id FROM events AS e
    WHERE e.id > :after AND e.id <= :upto AND (e.type = 'item_revived' OR e.type = 'item_edited')
) AS revived
CROSS JOIN items AS i ON i.id = revived.item_id
ORDER BY i.id;
