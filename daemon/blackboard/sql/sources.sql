-- The sources and what their sensors keep between polls.

-- name: find_source
-- One source by id.
SELECT
    id, kind, address, name, origin, every_seconds, tags, is_enabled, settings, etag, last_modified, body_hash,
    next_fetch_at, next_fetch_reason, last_fetch_at, last_success_at, last_item_at, errors_in_row, last_error,
    moved_to, moved_count, is_gone, interval_seconds, extra, created_at
FROM sources
WHERE id = :id;

-- name: due_sources
-- Sources whose time has come, most overdue first, along sources_due. Nobody asks a webhook: it is told.
SELECT
    id, kind, address, name, origin, every_seconds, tags, is_enabled, settings, etag, last_modified, body_hash,
    next_fetch_at, next_fetch_reason, last_fetch_at, last_success_at, last_item_at, errors_in_row, last_error,
    moved_to, moved_count, is_gone, interval_seconds, extra, created_at
FROM sources
WHERE is_enabled = 1 AND is_gone = 0 AND removed_at IS NULL AND next_fetch_at <= :until AND kind <> 'webhook'
ORDER BY next_fetch_at, id
LIMIT :limit;

-- name: next_fetch_at
-- When the next source is due.
SELECT min(next_fetch_at) FROM sources
WHERE is_enabled = 1 AND is_gone = 0 AND removed_at IS NULL AND kind <> 'webhook';

-- name: standing
-- What decides about a source when it is added, switched or synchronised.
SELECT id, kind, address, configured_address, is_configured, origin, is_enabled, is_wanted, is_gone, removed_at
FROM sources;

-- name: standing_at
-- The same for the source with this address.
SELECT id, kind, address, configured_address, is_configured, origin, is_enabled, is_wanted, is_gone, removed_at
FROM sources
WHERE address = :address;

-- name: standing_of
-- The same for one source.
SELECT id, kind, address, configured_address, is_configured, origin, is_enabled, is_wanted, is_gone, removed_at
FROM sources
WHERE id = :id;

-- name: insert_source
-- A new source, due at once.
INSERT INTO sources (
    kind, address, name, origin, every_seconds, tags, is_enabled, settings, configured_address, is_configured,
    created_at
)
VALUES (
    :kind, :address, :name, :origin, :every_seconds, :tags, :is_enabled, :settings, :configured_address,
    :is_configured, :now
);

-- name: configure_source
-- Make a source what the configuration says; what the sensor keeps stays, and a name nobody gave it too.
UPDATE sources
SET
    kind = :kind, name = CASE WHEN :name = :address THEN name ELSE :name END, origin = 'config', every_seconds = :every_seconds, tags = :tags,
    settings = :settings, configured_address = :address, is_configured = 1, is_enabled = :is_enabled,
    removed_at = :removed_at
WHERE id = :id;

-- name: leave_configuration
-- The configuration names it no more.
UPDATE sources SET is_configured = 0, is_enabled = 0, is_wanted = NULL WHERE id = :id;

-- name: take_up_source
-- A person adds a source that was here before.
UPDATE sources
SET
    kind = :kind, name = :name, origin = 'added', every_seconds = :every_seconds, tags = :tags,
    settings = :settings, is_configured = 0, is_enabled = :is_enabled, is_wanted = NULL, is_gone = 0,
    next_fetch_at = 0, removed_at = NULL
WHERE id = :id;

-- name: enable_source
-- A person switches it on: it is due now, also when it was gone. One that the configuration has dropped is theirs now.
UPDATE sources
SET
    is_enabled = 1, is_wanted = 1, is_gone = 0, next_fetch_at = min(next_fetch_at, :now),
    origin = CASE WHEN is_configured = 1 THEN 'config' ELSE 'added' END
WHERE id = :id;

-- name: disable_source
-- A person switches it off.
UPDATE sources SET is_enabled = 0, is_wanted = 0 WHERE id = :id;

-- name: remove_source
-- A person takes it off the board; items and tombstones stay.
UPDATE sources SET is_enabled = 0, removed_at = :now WHERE id = :id;

-- name: write_fetch_state
-- What the sensor keeps until its next poll. A source that nobody named takes the title of its feed.
UPDATE sources
SET
    name = CASE WHEN name = coalesce(configured_address, address) THEN coalesce(:title, name) ELSE name END,
    etag = :etag, last_modified = :last_modified, body_hash = :body_hash, next_fetch_at = :next_fetch_at,
    next_fetch_reason = :next_fetch_reason, last_fetch_at = :last_fetch_at, last_success_at = :last_success_at,
    last_item_at = :last_item_at, errors_in_row = :errors_in_row, last_error = :last_error, moved_to = :moved_to,
    moved_count = :moved_count, is_gone = :is_gone, interval_seconds = :interval_seconds, extra = :extra,
    waits_for = :waits_for
WHERE id = :id;

-- name: move_source
-- Its address from now on, unless another source has that one.
UPDATE sources SET address = :address
WHERE id = :id AND NOT EXISTS (SELECT 1 FROM sources AS other WHERE other.address = :address AND other.id <> :id);

-- name: bring_sources_forward
-- The clock was set back: what waits was to wait for an earlier time of it, and was read at an earlier one.
UPDATE sources
SET
    next_fetch_at = max(:now, next_fetch_at - :seconds),
    last_fetch_at = CASE WHEN last_fetch_at > :now THEN last_fetch_at - :seconds ELSE last_fetch_at END,
    last_success_at = CASE WHEN last_success_at > :now THEN last_success_at - :seconds ELSE last_success_at END,
    last_item_at = CASE WHEN last_item_at > :now THEN last_item_at - :seconds ELSE last_item_at END,
    created_at = CASE WHEN created_at > :now THEN created_at - :seconds ELSE created_at END
WHERE next_fetch_at > :now;

-- name: restart_source_waits
-- The same of sources that were read by a clock ahead of this one; what is past was not later than now.
UPDATE sources
SET
    next_fetch_at = CASE
        WHEN next_fetch_at > :now THEN :now + max(0, next_fetch_at - coalesce(last_fetch_at, created_at))
        ELSE next_fetch_at
    END,
    last_fetch_at = min(last_fetch_at, :now), last_success_at = min(last_success_at, :now),
    last_item_at = min(last_item_at, :now), created_at = min(created_at, :now)
WHERE max(coalesce(last_fetch_at, 0), created_at) > :now;

-- name: wake_sources
-- What waits for this may be read now.
UPDATE sources SET next_fetch_at = min(next_fetch_at, :now), waits_for = NULL
WHERE waits_for = :waits_for AND is_enabled = 1 AND is_gone = 0 AND removed_at IS NULL;
