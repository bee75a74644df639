-- What the senses keep: readings that cost money, deliveries, and articles that are fetched.

-- name: read_of_source
-- What is read or set aside of a source on a day.
SELECT reads, micro FROM source_reads WHERE source_id = :source_id AND day = :day;

-- name: charge_source
-- Add to (or take from) what is read of a source on a day.
INSERT INTO source_reads (source_id, day, reads, micro) VALUES (:source_id, :day, :reads, :micro)
ON CONFLICT (source_id, day) DO UPDATE SET reads = reads + excluded.reads, micro = micro + excluded.micro;

-- name: begin_reading
-- A reading that is about to be sent; no item caused it.
INSERT INTO calls (
    item_id, brain, task, provider, model, request_hash, attempt, round, epoch, reserved_micro, status, started_at,
    source_id, reads
)
VALUES (
    NULL, 'sensor', 'read', :provider, :model, :request_hash, 1, 0, 0, :reserved_micro, 'sent', :now, :source_id, :reads
);

-- name: open_reading
-- What is needed to settle a reading.
SELECT status, source_id, reads, coalesce(reserved_micro, 0), started_at, provider, model
FROM calls
WHERE id = :id AND source_id IS NOT NULL;

-- name: settle_reading
-- How a reading ended. Where that is unknown (`reads` NULL), what was set aside stays.
UPDATE calls
SET
    status = :status, reads = coalesce(:reads, reads), cost_micro = :cost_micro, price = :price,
    price_source = :price_source, latency_ms = :latency_ms, error = :error, ended_at = :now
WHERE id = :id AND status = 'sent';

-- name: source_at
-- The source with this address that has not been removed.
SELECT id FROM sources WHERE address = :address AND removed_at IS NULL;

-- name: note_delivery
-- A source was heard from; whatever else its sensor keeps stays.
UPDATE sources
SET
    last_fetch_at = :now, last_success_at = :now, errors_in_row = 0, last_error = NULL,
    last_item_at = CASE WHEN :new > 0 THEN :now ELSE last_item_at END
WHERE id = :id;

-- name: awaited_articles
-- Items that wait for their article, oldest first: along items_awaiting.
SELECT i.id, i.source_id, i.url, i.title, o.text, i.available_at, i.tags, s.address
FROM items AS i INDEXED BY items_awaiting
CROSS JOIN observations AS o ON o.item_id = i.id
LEFT JOIN sources AS s ON s.id = i.source_id
WHERE i.waits_for = 'article' AND i.state = 'QUEUED' AND i.id > :after
ORDER BY i.id
LIMIT :limit;

-- name: await_anew
-- Items whose time for their article is over wait for it once more: along items_awaiting.
UPDATE items INDEXED BY items_awaiting SET available_at = :until, updated_at = :now
WHERE waits_for = 'article' AND state = 'QUEUED' AND claimed_by IS NULL AND available_at <= :now;

-- name: await_longer
-- What waited for its article when the clock was set forward waits on for what it still had: along items_awaiting.
UPDATE items INDEXED BY items_awaiting
SET available_at = max(available_at, min(available_at + :seconds, :now + :within)), updated_at = :now
WHERE waits_for = 'article' AND state = 'QUEUED' AND claimed_by IS NULL AND available_at > :now - :seconds;

-- name: end_wait_for_article
-- The item goes on; no row when it waits for its article no more.
UPDATE items SET available_at = min(available_at, :now), waits_for = NULL, updated_at = :now
WHERE id = :id AND state = 'QUEUED' AND waits_for = 'article';

-- name: observed
-- What the feed told of an item.
SELECT text, author, published_at, language, extra FROM observations WHERE item_id = :id;

-- name: keep_article
-- What the item says from now on.
UPDATE observations
SET text = :text, author = :author, published_at = :published_at, language = :language, extra = :extra
WHERE item_id = :id;

-- name: reader_of
-- The name of a source that has not been removed.
SELECT name FROM sources WHERE id = :id AND removed_at IS NULL;

-- name: readings_told
-- When the readings of a source were told of, and what they came to, the newest first: along events_of_sources.
SELECT at, json_extract(data, '$.outcome')
FROM events INDEXED BY events_of_sources
WHERE
    json_extract(data, '$.source_id') = :source_id AND (
        type = 'source_polled' OR type = 'source_added' OR type = 'source_enabled' OR type = 'source_disabled'
        OR type = 'source_removed' OR type = 'hook_delivered' OR type = 'hook_rotated'
    )
ORDER BY id DESC;
