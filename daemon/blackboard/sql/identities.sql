-- By what an observation is known again.

-- name: find_known
-- Who told these keys (a JSON list), in this source's own scope and in the scope of everywhere.
SELECT known.key, known.scope, known.source_id, known.item_id
FROM json_each(:keys) AS wanted
CROSS JOIN identities AS known ON known.key = wanted.value AND known.scope IN (0, :scope);

-- name: insert_identity
-- A key is told for the first time in its scope.
INSERT INTO identities (key, scope, source_id, item_id, seen_at) VALUES (:key, :scope, :source_id, :item_id, :now)
ON CONFLICT (key, scope) DO NOTHING;

-- name: take_over_identity
-- A fuller telling is what a key leads to from now on.
UPDATE identities SET source_id = :source_id, item_id = :item_id WHERE key = :key AND scope = 0;

-- name: telling
-- What an item says, and whether it was discarded for that.
SELECT
    i.state, i.duplicate_of, i.waits_for, i.state = 'DISCARDED' AND coalesce((
        SELECT from_state = 'INGESTING' FROM events WHERE item_id = i.id AND type = 'item_discarded'
        ORDER BY id DESC LIMIT 1
    ), 0),
    o.text
FROM items AS i
JOIN observations AS o ON o.item_id = i.id
WHERE i.id = :id;

-- name: make_duplicate
-- What nobody has taken up yet is told more fully by another item.
UPDATE items SET duplicate_of = :duplicate_of WHERE id = :id AND state = 'QUEUED' AND claimed_by IS NULL;
