-- Reading which requests were answered.

-- name: answered
-- The newest answers to requests of a task since a time, without those that were used again: by calls_by_time.
SELECT request_hash, item_id, ended_at
FROM calls
WHERE
    started_at >= :since AND task = :task AND status = 'ok' AND item_id IS NOT NULL AND ended_at IS NOT NULL
    AND price_source IS NOT 'reused'
ORDER BY started_at DESC
LIMIT :limit;
