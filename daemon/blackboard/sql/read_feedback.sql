-- What people said, and what it is used for. There is as much of it as people have clicked, so sums read all of it;
-- an item is looked at by its key, never searched for.

-- name: newer_first
-- A page, the newest first, behind a place.
SELECT f.id, f.item_id, i.title, f.about, f.passage, f.verdict, f.reason, f.corrected, f.given_by, f.given_at
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
WHERE
    (f.given_at, f.id) < (:at, :id)
    AND (:item_id IS NULL OR f.item_id = :item_id)
    AND (:about IS NULL OR f.about = :about)
    AND (:verdict IS NULL OR f.verdict = :verdict)
    AND (:source_id IS NULL OR i.source_id = :source_id)
ORDER BY f.given_at DESC, f.id DESC
LIMIT :limit;

-- name: older_first
-- The page before a place: the nearest first.
SELECT f.id, f.item_id, i.title, f.about, f.passage, f.verdict, f.reason, f.corrected, f.given_by, f.given_at
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
WHERE
    (f.given_at, f.id) > (:at, :id)
    AND (:item_id IS NULL OR f.item_id = :item_id)
    AND (:about IS NULL OR f.about = :about)
    AND (:verdict IS NULL OR f.verdict = :verdict)
    AND (:source_id IS NULL OR i.source_id = :source_id)
ORDER BY f.given_at, f.id
LIMIT :limit;

-- name: of_item
-- Everything that was said of one item, the newest first.
SELECT f.id, f.item_id, i.title, f.about, f.passage, f.verdict, f.reason, f.corrected, f.given_by, f.given_at
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
WHERE f.item_id = :item_id
ORDER BY f.given_at DESC, f.id DESC
LIMIT :limit;

-- name: sums_by_source
-- The verdicts on the items of each source. What a person posted has none (NULL).
SELECT
    i.source_id AS source_id,
    sum(f.verdict = 'up') AS up,
    sum(f.verdict = 'down') AS down,
    sum(f.corrected <> '') AS corrected
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
GROUP BY i.source_id
ORDER BY sum(f.verdict = 'down') DESC, i.source_id;

-- name: mark_of_verdicts
-- Another one after every change of a verdict, without a look at any item.
SELECT
    count(*) AS count,
    sum(CAST(given_at * 1000 AS INTEGER)) AS times,
    sum(id) AS ids,
    sum(id * (verdict = 'up')) AS up,
    sum(id * (corrected <> '')) AS corrected
FROM feedback;

-- name: names_of_sources
-- How the sources are called, also those that were removed.
SELECT id, name FROM sources;

-- name: fates_of_newest
-- What became of the newest items of a source.
SELECT state, count(*) AS count
FROM (
    SELECT state FROM items INDEXED BY items_by_source WHERE source_id = :source_id ORDER BY id DESC LIMIT :looked_at
)
WHERE state = 'PUBLISHED' OR state = 'HELD' OR state = 'DISCARDED'
GROUP BY state;

-- name: telling_for_drafts
-- Verdicts on posts and sentences that tell a writer something, the newest first.
SELECT
    f.id, f.item_id, i.title, i.source_id, s.name AS source, f.about, f.passage, f.verdict, f.reason, f.corrected,
    f.given_at
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    (f.about = 'sentence' AND (f.verdict = 'up' OR f.reason <> '' OR f.corrected <> ''))
    OR (f.about = 'post' AND (f.reason <> '' OR f.corrected <> ''))
ORDER BY f.given_at DESC, f.id DESC
LIMIT :limit;

-- name: telling_for_reviews
-- Claims that were wrong, with what is right or why, the newest first.
SELECT
    f.id, f.item_id, i.title, i.source_id, s.name AS source, f.about, f.passage, f.verdict, f.reason, f.corrected,
    f.given_at
FROM feedback AS f
CROSS JOIN items AS i ON i.id = f.item_id
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE f.about = 'claim' AND f.verdict = 'down' AND (f.reason <> '' OR f.corrected <> '')
ORDER BY f.given_at DESC, f.id DESC
LIMIT :limit;
