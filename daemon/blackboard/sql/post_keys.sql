-- The keys that callers post under.

-- name: find_key
-- What was posted under a key, unless that is too long ago.
SELECT fingerprint, item_id FROM post_keys WHERE key = :key AND posted_at > :since;

-- name: keep_key
-- A post under a key; one that had outlived its time is taken anew.
INSERT INTO post_keys (key, fingerprint, item_id, posted_at) VALUES (:key, :fingerprint, :item_id, :now)
ON CONFLICT (key) DO UPDATE SET
    fingerprint = excluded.fingerprint, item_id = excluded.item_id, posted_at = excluded.posted_at;

-- name: forget_old_keys
-- The oldest of those whose time is over, a few at a time, along post_keys_by_age.
DELETE FROM post_keys WHERE key IN (
    SELECT key FROM post_keys WHERE posted_at <= :since ORDER BY posted_at LIMIT :limit
);
