-- Posts at sinks. `intent` commits before the sink is touched.

-- name: find_publication
-- The publication with this idempotency key.
SELECT item_id, sink, key, status, intent_at, location FROM publications WHERE key = :key;

-- name: insert_intent
-- The intent to publish, before the sink is touched.
INSERT INTO publications (item_id, sink, key, status, epoch, intent_at)
VALUES (:item_id, :sink, :key, 'intent', :epoch, :now);

-- name: intend_again
-- It is certainly not at the sink, so the intent is as good as new; the time of the first one stays.
UPDATE publications SET status = 'intent', epoch = :epoch, settled_at = NULL WHERE key = :key AND status = 'failed';

-- name: settle_publication
-- What became of it; what is done stays done.
UPDATE publications
SET status = :status, epoch = :epoch, location = coalesce(:location, location), settled_at = :now
WHERE key = :key AND status <> 'done';
