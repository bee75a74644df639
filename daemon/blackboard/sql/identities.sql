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
