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

-- name: sums_of_these
-- How many of these (a JSON list of ids) are dead letters, of how many groups, and what they are charged with.
SELECT
    count(*) AS count, count(DISTINCT coalesce(i.failure_group, '')) AS groups,
    coalesce(sum(i.cost_micro), 0) AS charged_micro
FROM (SELECT DISTINCT value FROM json_each(:ids)) AS wanted
CROSS JOIN items AS i ON i.id = wanted.value
WHERE i.state = 'DEAD_LETTER';

-- name: sums_of_group
-- The same of a group.
SELECT count(*) AS count, min(count(*), 1) AS groups, coalesce(sum(cost_micro), 0) AS charged_micro
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER' AND failure_group = :failure_group;

-- name: sums_of_all
-- The same of all.
SELECT
    count(*) AS count, count(DISTINCT coalesce(failure_group, '')) AS groups,
    coalesce(sum(cost_micro), 0) AS charged_micro
FROM items INDEXED BY items_by_failure
WHERE state = 'DEAD_LETTER';

-- name: usual_tokens
-- What an answered call of each task took on the average since a day (days since the epoch, UTC). Half a token is none:
-- sums are what they are of.
SELECT
    task, sum(calls - tokenless_calls) AS calls, sum(prompt_tokens) AS prompt_tokens,
    sum(completion_tokens) AS completion_tokens
FROM ledger_days
WHERE day >= :first AND status = 'ok' AND price_source <> 'reused' AND price_source <> 'free'
GROUP BY task
HAVING sum(calls - tokenless_calls) > 0;

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
