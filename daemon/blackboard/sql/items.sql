-- Items under the verbs of the workers. Every write under a claim names id, state, epoch and worker: no row changed
-- means that the claim is lost.

-- name: insert_item
-- A new item, waiting for its first claim.
INSERT INTO items (
    id, state, title, url, source_id, tags, available_at, waits_for, duplicate_of, created_at, updated_at
)
VALUES (:id, 'QUEUED', :title, :url, :source_id, :tags, :available_at, :waits_for, :duplicate_of, :now, :now);

-- name: insert_observation
-- What was seen of a new item.
INSERT INTO observations (item_id, text, author, published_at, language, extra)
VALUES (:item_id, :text, :author, :published_at, :language, :extra);

-- name: find_available
-- The next items to claim with all a step reads, nearest to their end first, then oldest first. Each branch reads a few
-- entries of items_available.
SELECT
    i.rowid, i.id, i.state, i.title, i.url, i.source_id, s.name, i.round, i.attempts, i.epoch, i.created_at,
    i.updated_at, i.available_at, i.reason, i.error, i.failure_group, i.duplicate_of, i.rescues, i.cost_micro, i.tags,
    o.text, o.author, o.published_at, o.language, o.extra, i.waits_for, s.settings, i.model
FROM (
    SELECT * FROM (
        SELECT rowid AS row, 1 AS place, available_at, id FROM items
        WHERE claimed_by IS NULL AND state = 'PUBLISHING' AND available_at <= :now
        ORDER BY available_at, id LIMIT :publish
    )
    UNION ALL
    SELECT * FROM (
        SELECT rowid AS row, 2 AS place, available_at, id FROM items
        WHERE claimed_by IS NULL AND state = 'REVIEWING' AND available_at <= :now
        ORDER BY available_at, id LIMIT :review
    )
    UNION ALL
    SELECT * FROM (
        SELECT rowid AS row, 3 AS place, available_at, id FROM items
        WHERE claimed_by IS NULL AND state = 'DRAFTING' AND available_at <= :now
        ORDER BY available_at, id LIMIT :draft
    )
    UNION ALL
    SELECT * FROM (
        SELECT rowid AS row, 4 AS place, available_at, id FROM items
        WHERE claimed_by IS NULL AND state = 'INGESTING' AND available_at <= :now
        ORDER BY available_at, id LIMIT :extract
    )
    UNION ALL
    SELECT * FROM (
        SELECT rowid AS row, 5 AS place, available_at, id FROM items
        WHERE claimed_by IS NULL AND state = 'QUEUED' AND available_at <= :now
        ORDER BY available_at, id LIMIT :extract
    )
    ORDER BY place, available_at, id
    LIMIT :limit
) AS next
CROSS JOIN items AS i ON i.rowid = next.row
CROSS JOIN observations AS o ON o.item_id = i.id
LEFT JOIN sources AS s ON s.id = i.source_id
ORDER BY next.place, next.available_at, next.id;

-- name: find_chosen
-- The same of those alone that a person has chosen a model for; they are few, and stand in items_chosen.
SELECT
    i.rowid, i.id, i.state, i.title, i.url, i.source_id, s.name, i.round, i.attempts, i.epoch, i.created_at,
    i.updated_at, i.available_at, i.reason, i.error, i.failure_group, i.duplicate_of, i.rescues, i.cost_micro, i.tags,
    o.text, o.author, o.published_at, o.language, o.extra, i.waits_for, s.settings, i.model
FROM items AS i INDEXED BY items_chosen
CROSS JOIN observations AS o ON o.item_id = i.id
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE
    i.model IS NOT NULL AND i.claimed_by IS NULL AND i.available_at <= :now AND (
        i.state = 'QUEUED' OR i.state = 'INGESTING' OR i.state = 'DRAFTING' OR i.state = 'REVIEWING'
        OR i.state = 'PUBLISHING'
    )
    AND CASE i.state
        WHEN 'PUBLISHING' THEN :publish WHEN 'REVIEWING' THEN :review WHEN 'DRAFTING' THEN :draft ELSE :extract
    END > 0
ORDER BY i.available_at, i.id
LIMIT :limit;

-- name: claim_again
-- Take an item whose step was begun before, or that waits for it. What it waited for is over.
UPDATE items
SET epoch = epoch + 1, claimed_by = :worker_id, lease_until = :lease_until, waits_for = NULL
WHERE rowid = :row AND claimed_by IS NULL;

-- name: claim_queued
-- Take an item for the first time. If it waited for its article, that is over.
UPDATE items
SET
    state = 'INGESTING', epoch = epoch + 1, claimed_by = :worker_id, lease_until = :lease_until, updated_at = :now,
    waits_for = NULL
WHERE rowid = :row AND claimed_by IS NULL AND state = 'QUEUED';

-- name: artifacts_of_claimed
-- All artifacts of some items (a JSON list of ids), oldest first.
SELECT a.id, a.item_id, a.kind, a.round, a.model, a.content, a.created_at
FROM json_each(:ids) AS wanted
CROSS JOIN artifacts AS a ON a.item_id = wanted.value
ORDER BY a.item_id, a.id;

-- name: renew_lease
-- The sign of life of a worker.
UPDATE items SET lease_until = :lease_until
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: check_claim
-- One row while the claim is held.
SELECT 1 FROM items WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: advance_item
-- The step is done: to the next state.
UPDATE items
SET
    state = :to, claimed_by = NULL, lease_until = NULL, attempts = 0, rescues = 0, available_at = :now,
    updated_at = :now, reason = NULL, error = NULL
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: finish_item
-- The last step is done, or the item is for nobody.
UPDATE items
SET
    state = :to, claimed_by = NULL, lease_until = NULL, attempts = 0, rescues = 0, updated_at = :now,
    finalized_at = :now, reason = :reason, error = NULL
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: reject_item
-- Back to the writer, a round later, at once.
UPDATE items
SET
    state = 'DRAFTING', round = round + 1, claimed_by = NULL, lease_until = NULL, attempts = 0, rescues = 0,
    available_at = :now, updated_at = :now, reason = :reason, error = NULL
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: hold_item
-- To a person.
UPDATE items
SET
    state = 'HELD', held_in = :state, claimed_by = NULL, lease_until = NULL, attempts = 0, rescues = 0,
    available_at = :now, updated_at = :now, reason = :reason, error = NULL
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: bury_item
-- To the dead letters. The attempts stay for the person who looks; reviving sets them to zero.
UPDATE items
SET
    state = 'DEAD_LETTER', died_in = :state, claimed_by = NULL, lease_until = NULL, available_at = :now,
    updated_at = :now, error = :error, failure_group = :failure_group
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: release_item
-- Back unworked. Attempts, rescues and a wait that was set stay.
UPDATE items SET claimed_by = NULL, lease_until = NULL, updated_at = :now
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: snooze_item
-- Back, not before a time. Attempts stay, and so does `reason`, which may be what the writer is to mend.
UPDATE items
SET
    claimed_by = NULL, lease_until = NULL, available_at = :until, waits_for = :waits_for, error = :reason,
    updated_at = :now
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: record_attempt
-- A request failed; the claim goes on. The time of the retry is kept for the case of a crash.
UPDATE items
SET attempts = :attempt, available_at = coalesce(:retry_at, available_at), error = :error, updated_at = :now
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: insert_artifact
-- What a step produced. Many at once, so by place.
INSERT INTO artifacts (item_id, kind, round, model, content, created_at) VALUES (?, ?, ?, ?, ?, ?);

-- name: find_stale_claims
-- Claims whose lease is over; with a worker: also every claim of another one.
SELECT id, state, epoch, claimed_by, rescues FROM items INDEXED BY items_leased
WHERE claimed_by IS NOT NULL AND (lease_until <= :now OR claimed_by <> :worker_id);

-- name: rescue_item
-- Free the claim of a worker that is gone.
UPDATE items SET claimed_by = NULL, lease_until = NULL, rescues = rescues + 1, updated_at = :now
WHERE id = :id AND state = :state AND epoch = :epoch AND claimed_by = :worker_id;

-- name: next_available_at
-- When the next unclaimed item of these steps (1 or 0 each) may be claimed: the first entries of items_available.
SELECT min(available_at) FROM (
    SELECT * FROM (
        SELECT available_at FROM items WHERE claimed_by IS NULL AND state = 'PUBLISHING'
        ORDER BY available_at LIMIT :publish
    )
    UNION ALL
    SELECT * FROM (
        SELECT available_at FROM items WHERE claimed_by IS NULL AND state = 'REVIEWING'
        ORDER BY available_at LIMIT :review
    )
    UNION ALL
    SELECT * FROM (
        SELECT available_at FROM items WHERE claimed_by IS NULL AND state = 'DRAFTING'
        ORDER BY available_at LIMIT :draft
    )
    UNION ALL
    SELECT * FROM (
        SELECT available_at FROM items WHERE claimed_by IS NULL AND state = 'INGESTING'
        ORDER BY available_at LIMIT :extract
    )
    UNION ALL
    SELECT * FROM (
        SELECT available_at FROM items WHERE claimed_by IS NULL AND state = 'QUEUED'
        ORDER BY available_at LIMIT :extract
    )
);

-- name: unremembered
-- Published items that are not in the memory yet, oldest first.
SELECT id FROM items INDEXED BY items_unremembered
WHERE state = 'PUBLISHED' AND remembered_at IS NULL
ORDER BY finalized_at
LIMIT :limit;

-- name: mark_remembered
-- They are in the memory now (a JSON list of ids).
UPDATE items SET remembered_at = :now
WHERE id IN (SELECT value FROM json_each(:ids)) AND state = 'PUBLISHED';

-- name: forget_remembered
-- None is in the memory any more.
UPDATE items SET remembered_at = NULL WHERE state = 'PUBLISHED' AND remembered_at IS NOT NULL;

-- name: count_unremembered
-- How many published items are not in the memory.
SELECT count(*) FROM items INDEXED BY items_unremembered WHERE state = 'PUBLISHED' AND remembered_at IS NULL;

-- name: bring_items_forward
-- The clock was set back: what waits was to wait for an earlier time of it. Along items_available. When the wait began
-- is moved as well, so that no later start (restart_item_waits) takes it for a wait that nobody has moved.
UPDATE items
SET
    available_at = max(:now, available_at - :seconds),
    updated_at = CASE WHEN updated_at > :now THEN updated_at - :seconds ELSE updated_at END
WHERE claimed_by IS NULL AND available_at > :now AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);

-- name: restart_item_waits
-- Waits that a clock ahead of this one began (its row was written later than now) begin now. Along items_available.
UPDATE items SET available_at = :now + max(0, available_at - updated_at), updated_at = :now
WHERE claimed_by IS NULL AND available_at > :now AND updated_at > :now AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);

-- name: wake_items
-- What waits for this may be claimed now. Along items_available, so only what is not due yet is looked at.
UPDATE items SET available_at = :now, waits_for = NULL
WHERE claimed_by IS NULL AND available_at > :now AND waits_for = :waits_for AND (
    state = 'QUEUED' OR state = 'INGESTING' OR state = 'DRAFTING' OR state = 'REVIEWING' OR state = 'PUBLISHING'
);

-- name: wake_these
-- The same for some items (a JSON list of ids).
UPDATE items SET available_at = :now, waits_for = NULL
WHERE id IN (SELECT value FROM json_each(:ids)) AND claimed_by IS NULL AND available_at > :now
AND waits_for = :waits_for;
