-- The items that cost most in some days, without reading the days' calls: the dearest items of all are looked through,
-- along items_by_cost, until none of those that follow can be among them.

-- name: dearest_of_all
-- Some of the items that cost anything, from the dearest on; of what costs alike, the newest first. :offset of them were seen before.
SELECT id, title, cost_micro
FROM items
WHERE cost_micro > 0
ORDER BY cost_micro DESC, id DESC
LIMIT :some OFFSET :offset;

-- name: cost_between
-- The calls of one item in a stretch of time, and what they cost; its few rows are read along calls_by_item.
SELECT count(*) AS calls, coalesce(sum(cost_micro), 0) AS cost_micro
FROM calls INDEXED BY calls_by_item
WHERE item_id = :id AND started_at >= :since AND started_at < :until;
