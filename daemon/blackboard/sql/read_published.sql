-- Reading what was published, and what waits.

-- name: post_of
-- The newest stored post of an item.
SELECT content
FROM artifacts
WHERE item_id = :item_id AND kind = 'post'
ORDER BY id DESC
LIMIT 1;

-- name: recent_posts
-- The newest published posts. Read backwards along artifacts_posts, so that it costs the same on a board of any size.
SELECT artifacts.content
FROM artifacts
CROSS JOIN items ON items.id = artifacts.item_id
WHERE artifacts.kind = 'post' AND items.state = 'PUBLISHED'
ORDER BY artifacts.id DESC
LIMIT :limit;

-- name: locations_since
-- Where the posts of one sink are that were settled since a time, oldest first.
SELECT items.title, publications.location
FROM publications
JOIN items ON items.id = publications.item_id
WHERE publications.sink = :sink AND publications.status = 'done' AND publications.settled_at >= :since
ORDER BY publications.id;

-- name: waits_for
-- What the items wait for that are not due yet, and how many wait for it.
SELECT coalesce(error, iif(waits_for = 'article', 'their article', 'their turn')) AS what, count(*) AS count
FROM items
WHERE state IN ('QUEUED', 'INGESTING', 'DRAFTING', 'REVIEWING', 'PUBLISHING')
GROUP BY what
ORDER BY count DESC, what
LIMIT 20;

-- name: title_of
-- An item's title.
SELECT title FROM items WHERE id = :item_id;

-- name: known_cost
-- What an item's calls are known to have cost, and how many were answered at an unknown price.
SELECT
    coalesce(sum(cost_micro), 0) AS cost_micro,
    coalesce(sum(cost_micro IS NULL AND (status = 'ok' OR status = 'malformed')), 0) AS unpriced
FROM calls
WHERE item_id = :item_id;
