-- The sources, and what is read of those that are paid for.

-- name: list_sources
-- Every source that has not been removed, and how reading it goes.
SELECT
    id, kind, address, name, origin, every_seconds, tags, is_enabled, is_gone, next_fetch_at, next_fetch_reason,
    last_fetch_at, last_success_at, last_item_at, errors_in_row, last_error, interval_seconds, moved_to, settings,
    created_at, json_extract(extra, '$.left_out') AS left_out
FROM sources
WHERE removed_at IS NULL
ORDER BY id;

-- name: reads_of_sources
-- What was read or set aside of each of them on the days from one on, oldest first: its entries of source_reads alone.
SELECT r.source_id, r.day, r.reads, r.micro
FROM sources AS s
CROSS JOIN source_reads AS r ON r.source_id = s.id AND r.day >= :first
WHERE s.removed_at IS NULL
ORDER BY r.source_id, r.day;
