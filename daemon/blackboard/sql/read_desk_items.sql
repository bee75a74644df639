-- Pages of items for the dashboard. A page is found first (ids and what they are sorted by), then its rows are read.
--
-- Walks by id go along an index from :first on (`>=`) up to :after (`<`), look at no more than :look rows, and stop as soon
-- as the page is full. Whatever the filter leaves out is a row looked at. Other orders go along items_by_change and
-- items_by_cost, which hold the state, too: what is left out by it is no row to be read.

-- name: these_items
-- The rows of a page (`ids` is a JSON list).
SELECT
    i.id, i.state, i.title, i.url, s.name AS source, i.attempts, i.round, i.died_in, i.error, i.created_at,
    i.updated_at, i.reason, i.tags, i.waits_for,
    (SELECT sum(c.cost_micro) FROM calls AS c WHERE c.item_id = i.id) AS cost_micro,
    (SELECT sum(c.reserved_micro) FROM calls AS c WHERE c.item_id = i.id AND +c.status = 'unconfirmed')
        AS unconfirmed_micro
FROM json_each(:ids) AS wanted
CROSS JOIN items AS i ON i.id = wanted.value
LEFT JOIN sources AS s ON s.id = i.source_id;

-- name: newest_all
-- The newest of the whole board, along the primary key.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY sqlite_autoindex_items_1
    WHERE id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_newest_all
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY sqlite_autoindex_items_1
WHERE id >= :first AND id < :after
ORDER BY id DESC
LIMIT 1 OFFSET :look - 1;

-- name: oldest_all
-- The oldest of the whole board, along the primary key.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY sqlite_autoindex_items_1
    WHERE id >= :first AND id < :after
    ORDER BY id ASC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_oldest_all
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY sqlite_autoindex_items_1
WHERE id >= :first AND id < :after
ORDER BY id ASC
LIMIT 1 OFFSET :look - 1;

-- name: count_all
-- How many of the newest :look fit the filter, up to :limit, along the primary key.
SELECT count(*) AS count
FROM (
    SELECT 1
    FROM (
        SELECT id, state, source_id, tags, title, url
        FROM items INDEXED BY sqlite_autoindex_items_1
        WHERE id >= :first AND id < :after
        ORDER BY id DESC
        LIMIT :look
    )
    WHERE
        (:state IS NULL OR state = :state)
        AND (:source_id IS NULL OR source_id = :source_id)
        AND (:tag IS NULL OR instr(tags, :tag) > 0)
        AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
    LIMIT :limit
);

-- name: keys_all
-- What the newest :look are sorted by otherwise, of those that fit the filter, along the primary key.
SELECT id, updated_at, cost_micro
FROM (
    SELECT id, state, source_id, tags, title, url, updated_at, cost_micro
    FROM items INDEXED BY sqlite_autoindex_items_1
    WHERE id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact);

-- name: newest_in_state
-- The newest of one state, along items_by_state.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY items_by_state
    WHERE state = :state AND id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_newest_in_state
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY items_by_state
WHERE state = :state AND id >= :first AND id < :after
ORDER BY id DESC
LIMIT 1 OFFSET :look - 1;

-- name: oldest_in_state
-- The oldest of one state, along items_by_state.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY items_by_state
    WHERE state = :state AND id >= :first AND id < :after
    ORDER BY id ASC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_oldest_in_state
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY items_by_state
WHERE state = :state AND id >= :first AND id < :after
ORDER BY id ASC
LIMIT 1 OFFSET :look - 1;

-- name: count_in_state
-- How many of the newest :look fit the filter, up to :limit, along items_by_state.
SELECT count(*) AS count
FROM (
    SELECT 1
    FROM (
        SELECT id, state, source_id, tags, title, url
        FROM items INDEXED BY items_by_state
        WHERE state = :state AND id >= :first AND id < :after
        ORDER BY id DESC
        LIMIT :look
    )
    WHERE
        (:state IS NULL OR state = :state)
        AND (:source_id IS NULL OR source_id = :source_id)
        AND (:tag IS NULL OR instr(tags, :tag) > 0)
        AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
    LIMIT :limit
);

-- name: keys_in_state
-- What the newest :look are sorted by otherwise, of those that fit the filter, along items_by_state.
SELECT id, updated_at, cost_micro
FROM (
    SELECT id, state, source_id, tags, title, url, updated_at, cost_micro
    FROM items INDEXED BY items_by_state
    WHERE state = :state AND id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact);

-- name: newest_of_source
-- The newest of one source, along items_by_source.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY items_by_source
    WHERE source_id = :source_id AND id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_newest_of_source
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY items_by_source
WHERE source_id = :source_id AND id >= :first AND id < :after
ORDER BY id DESC
LIMIT 1 OFFSET :look - 1;

-- name: oldest_of_source
-- The oldest of one source, along items_by_source.
SELECT id
FROM (
    SELECT id, state, source_id, tags, title, url
    FROM items INDEXED BY items_by_source
    WHERE source_id = :source_id AND id >= :first AND id < :after
    ORDER BY id ASC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
LIMIT :limit;

-- name: end_of_oldest_of_source
-- The id of the last row that such a walk may look at; none when it comes to the end before.
SELECT id
FROM items INDEXED BY items_by_source
WHERE source_id = :source_id AND id >= :first AND id < :after
ORDER BY id ASC
LIMIT 1 OFFSET :look - 1;

-- name: count_of_source
-- How many of the newest :look fit the filter, up to :limit, along items_by_source.
SELECT count(*) AS count
FROM (
    SELECT 1
    FROM (
        SELECT id, state, source_id, tags, title, url
        FROM items INDEXED BY items_by_source
        WHERE source_id = :source_id AND id >= :first AND id < :after
        ORDER BY id DESC
        LIMIT :look
    )
    WHERE
        (:state IS NULL OR state = :state)
        AND (:source_id IS NULL OR source_id = :source_id)
        AND (:tag IS NULL OR instr(tags, :tag) > 0)
        AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact)
    LIMIT :limit
);

-- name: keys_of_source
-- What the newest :look are sorted by otherwise, of those that fit the filter, along items_by_source.
SELECT id, updated_at, cost_micro
FROM (
    SELECT id, state, source_id, tags, title, url, updated_at, cost_micro
    FROM items INDEXED BY items_by_source
    WHERE source_id = :source_id AND id >= :first AND id < :after
    ORDER BY id DESC
    LIMIT :look
)
WHERE
    (:state IS NULL OR state = :state)
    AND (:source_id IS NULL OR source_id = :source_id)
    AND (:tag IS NULL OR instr(tags, :tag) > 0)
    AND (:search IS NULL OR title LIKE :search ESCAPE '\' OR url LIKE :search ESCAPE '\' OR id = :exact);

-- name: changed_down
-- The last changed, of one state or all, below a place in the order.
SELECT id, updated_at AS key
FROM items INDEXED BY items_by_change
WHERE (updated_at, id) < (:key, :id) AND (:state IS NULL OR state = :state)
ORDER BY updated_at DESC, id DESC
LIMIT :limit;

-- name: changed_up
-- The same above a place, from there upwards.
SELECT id, updated_at AS key
FROM items INDEXED BY items_by_change
WHERE (updated_at, id) > (:key, :id) AND (:state IS NULL OR state = :state)
ORDER BY updated_at, id
LIMIT :limit;

-- name: dearest_down
-- The dearest, of one state or all, below a place in the order.
SELECT id, cost_micro AS key
FROM items INDEXED BY items_by_cost
WHERE (cost_micro, id) < (:key, :id) AND cost_micro > 0 AND (:state IS NULL OR state = :state)
ORDER BY cost_micro DESC, id DESC
LIMIT :limit;

-- name: dearest_up
-- The same above a place, from there upwards.
SELECT id, cost_micro AS key
FROM items INDEXED BY items_by_cost
WHERE (cost_micro, id) > (:key, :id) AND cost_micro > 0 AND (:state IS NULL OR state = :state)
ORDER BY cost_micro, id
LIMIT :limit;

-- name: count_dearest
-- How many items, of one state or all, have cost anything, up to :limit.
SELECT count(*) AS count
FROM (
    SELECT 1 FROM items INDEXED BY items_by_cost
    WHERE cost_micro > 0 AND (:state IS NULL OR state = :state)
    LIMIT :limit
);
