-- Events and switches.

-- name: insert_event
-- Something happened. Ids are given by the writer, so that it knows them without asking.
INSERT INTO events (id, at, type, item_id, from_state, to_state, data) VALUES (?, ?, ?, ?, ?, ?, ?);

-- name: last_event_id
-- The highest id given so far.
SELECT coalesce(max(id), 0) FROM events;

-- name: get_control
-- A switch.
SELECT value FROM controls WHERE key = :key;

-- name: set_control
-- Set a switch.
INSERT INTO controls (key, value, set_by, set_at) VALUES (:key, :value, :by, :now)
ON CONFLICT (key) DO UPDATE SET value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at;

-- name: clear_control
-- Clear a switch.
DELETE FROM controls WHERE key = :key;

-- name: ending_switches
-- Switches that end at a time still to come (`until`, epoch seconds); some values are no JSON.
SELECT key, value, set_by, set_at FROM controls
WHERE
    CASE
        WHEN NOT json_valid(value) THEN 0
        WHEN json_type(value, '$.until') IN ('real', 'integer') THEN json_extract(value, '$.until') > :now
        ELSE 0
    END;
