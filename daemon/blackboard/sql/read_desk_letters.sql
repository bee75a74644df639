-- What dead letters did before, and what a retry of them may cost.

-- name: revivals_of
-- How often dead letters of a failure group were put back to work, and when last, by events_of_reviving.
SELECT count(*) AS count, max(at) AS last_at
FROM events
WHERE type = 'item_revived' AND json_extract(data, '$.group') = :failure_group;

-- name: dead_since
-- How many of a group died after a time, of items_by_failure alone.
SELECT count(*) AS count
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER' AND failure_group = :failure_group AND updated_at > :since;

-- name: newest_of_group
-- The newest dead letters of a group, with the state they died in, of items_by_failure alone.
SELECT id, died_in
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER' AND failure_group = :failure_group
ORDER BY updated_at DESC, id DESC
LIMIT :limit;

-- name: newest_dead
-- The newest dead letters.
SELECT id, died_in
FROM items
WHERE state = 'DEAD_LETTER'
ORDER BY id DESC
LIMIT :limit;

-- name: these_dead
-- Which of these (a JSON list of ids) are dead letters.
SELECT i.id, i.died_in
FROM json_each(:ids) AS wanted
CROSS JOIN items AS i ON i.id = wanted.value
WHERE i.state = 'DEAD_LETTER';

-- name: count_of_group
-- How many dead letters a group has.
SELECT count(*) AS count
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER' AND failure_group = :failure_group;

-- name: count_dead
-- How many dead letters there are.
SELECT count(*) AS count
FROM items INDEXED BY items_by_state
WHERE state = 'DEAD_LETTER';

-- name: own_costs
-- What the answered calls of these items (a JSON list of ids) cost on the average, by item and task.
SELECT c.item_id, c.task, avg(c.cost_micro) AS micro
FROM json_each(:ids) AS wanted
CROSS JOIN calls AS c ON c.item_id = wanted.value
WHERE (c.status = 'ok' OR c.status = 'malformed') AND c.cost_micro IS NOT NULL AND c.price_source IS NOT 'reused'
GROUP BY c.item_id, c.task;

-- name: usual_costs
-- What an answered call of each task cost on the average since a day (days since the epoch, UTC).
SELECT task, sum(cost_micro) * 1.0 / sum(calls - costless_calls) AS micro
FROM ledger_days
WHERE
    day >= :first AND (status = 'ok' OR status = 'malformed') AND calls > costless_calls
    AND price_source <> 'reused'
GROUP BY task;
