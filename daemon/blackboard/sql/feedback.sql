-- What people say of posts, sentences and claims, under the verbs of the one writer.

-- name: find_item
-- The item a verdict is about.
SELECT title FROM items WHERE id = :item_id;

-- name: newest_artifact
-- The newest artifact of a kind.
SELECT content FROM artifacts WHERE item_id = :item_id AND kind = :kind ORDER BY id DESC LIMIT 1;

-- name: find_same
-- What was said of the same before.
SELECT id, verdict, reason, corrected, given_by, given_at
FROM feedback
WHERE item_id = :item_id AND about = :about AND passage = :passage;

-- name: find_feedback
-- One verdict by its number.
SELECT id, item_id, about, passage, verdict, reason, corrected FROM feedback WHERE id = :id;

-- name: keep_feedback
-- Said for the first time, or anew.
INSERT INTO feedback (item_id, about, passage, verdict, reason, corrected, given_by, given_at)
VALUES (:item_id, :about, :passage, :verdict, :reason, :corrected, :by, :now)
ON CONFLICT (item_id, about, passage) DO UPDATE SET
    verdict = excluded.verdict, reason = excluded.reason, corrected = excluded.corrected,
    given_by = excluded.given_by, given_at = excluded.given_at
RETURNING id;

-- name: drop_feedback
-- It is taken back.
DELETE FROM feedback WHERE id = :id;
