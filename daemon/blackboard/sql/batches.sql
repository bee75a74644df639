-- Batches at a provider, and the calls that wait in them.

-- name: find_batched
-- The call of a request of an item that waits for its batch.
SELECT id FROM calls
WHERE item_id = :item_id AND request_hash = :request_hash AND status = 'batched'
ORDER BY id DESC
LIMIT 1;

-- name: was_batched
-- A row when a request of an item was in a batch and has come out of it.
SELECT 1 FROM calls
WHERE item_id = :item_id AND request_hash = :request_hash AND batch_id IS NOT NULL AND status <> 'batched'
LIMIT 1;

-- name: waits_in_batch
-- A row while any call of an item waits for its batch.
SELECT 1 FROM calls WHERE item_id = :item_id AND status = 'batched' LIMIT 1;

-- name: insert_batch
-- A batch that is about to be sent.
INSERT INTO batches (endpoint, status, created_at, next_poll_at) VALUES (:endpoint, 'submitting', :now, :now);

-- name: unclaimed_calls
-- Which of these calls (a JSON list of ids) wait and are in no batch yet.
SELECT c.id FROM json_each(:ids) AS wanted
CROSS JOIN calls AS c ON c.id = wanted.value
WHERE c.status = 'batched' AND c.batch_id IS NULL;

-- name: put_in_batch
-- They go with this batch.
UPDATE calls SET batch_id = :batch_id
WHERE id IN (SELECT value FROM json_each(:ids)) AND status = 'batched' AND batch_id IS NULL;

-- name: find_batch
-- One batch.
SELECT endpoint, status FROM batches WHERE id = :id;

-- name: batch_sent
-- The provider has taken it.
UPDATE batches SET status = 'sent', vendor_id = :vendor_id, next_poll_at = :next_poll_at
WHERE id = :id AND status = 'submitting';

-- name: batch_polled
-- It is not ready; look again then.
UPDATE batches SET next_poll_at = :next_poll_at WHERE id = :id AND status = 'sent';

-- name: end_batch
-- It is over.
UPDATE batches SET status = 'ended', ended_at = :now, error = :error WHERE id = :id AND status <> 'ended';

-- name: open_batches
-- Batches that are not over, oldest first.
SELECT id, endpoint, vendor_id, created_at, next_poll_at FROM batches WHERE status <> 'ended' ORDER BY id;

-- name: half_sent
-- Batches of which nobody knows whether the provider has them.
SELECT id FROM batches WHERE status = 'submitting' ORDER BY id;

-- name: calls_of_batch
-- All calls of a batch, by id.
SELECT id, item_id, request_hash, status FROM calls WHERE batch_id = :batch_id ORDER BY id;

-- name: left_without_batch
-- Calls that wait for a batch nobody opened.
SELECT id, item_id FROM calls WHERE status = 'batched' AND batch_id IS NULL ORDER BY id;
