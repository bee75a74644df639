-- Items under the verbs of a person. `:ids` is a JSON list of ids.

-- name: unknown_ids
-- Which of these are no items.
SELECT value FROM json_each(:ids) WHERE NOT EXISTS (SELECT 1 FROM items WHERE items.id = value);

-- name: dead_letters
-- All dead letters, or those of one failure group, oldest first.
SELECT id FROM items WHERE state = 'DEAD_LETTER' AND (:failure_group IS NULL OR failure_group = :failure_group)
ORDER BY id;

-- name: in_waiting
-- Which of these wait for a person, with the state they came from and what they failed of.
SELECT id, state, coalesce(died_in, held_in), failure_group FROM items
WHERE id IN (SELECT value FROM json_each(:ids)) AND state IN ('HELD', 'DEAD_LETTER')
ORDER BY id;

-- name: revive_item
-- Back to the state it died in, with all attempts, and with the model a person chose for it now.
UPDATE items
SET
    state = died_in, died_in = NULL, attempts = 0, rescues = 0, available_at = :now, updated_at = :now,
    budget_from_micro = cost_micro, error = NULL, failure_group = NULL, model = :model
WHERE id = :id AND state = 'DEAD_LETTER';

-- name: dead_letter_now
-- What a dead letter says, and what it failed of.
SELECT i.title, o.text, i.failure_group
FROM items AS i
JOIN observations AS o ON o.item_id = i.id
WHERE i.id = :id AND i.state = 'DEAD_LETTER';

-- name: places_of
-- Where an item is, or may be: not where it was certainly not taken.
SELECT sink FROM publications WHERE item_id = :id AND status <> 'failed' ORDER BY id;

-- name: keep_words
-- What it said before it is edited.
INSERT INTO edits (item_id, title, text, edited_by, edited_at) VALUES (:id, :title, :text, :by, :now);

-- name: edit_observation
-- What it says now; of another text nobody has said in which language it is.
UPDATE observations SET language = CASE WHEN text = :text THEN language END, text = :text WHERE item_id = :id;

-- name: edit_item
-- From the beginning, with all attempts and its own budget anew.
UPDATE items
SET
    state = 'QUEUED', title = :title, model = :model, died_in = NULL, attempts = 0, rescues = 0, available_at = :now,
    updated_at = :now, budget_from_micro = cost_micro, reason = NULL, error = NULL, failure_group = NULL
WHERE id = :id AND state = 'DEAD_LETTER';

-- name: approve_item
-- A held item may be published.
UPDATE items
SET
    state = 'PUBLISHING', held_in = NULL, attempts = 0, rescues = 0, available_at = :now, updated_at = :now,
    reason = NULL
WHERE id = :id AND state = 'HELD';

-- name: resend_publications
-- A person has looked: what was unsettled at a sink is not there. `failed` means: certainly not there, send again.
UPDATE publications SET status = 'failed', settled_at = :now
WHERE item_id = :id AND status IN ('intent', 'unknown');

-- name: send_back_item
-- A held item goes back to the writer, a round later.
UPDATE items
SET
    state = 'DRAFTING', held_in = NULL, round = round + 1, attempts = 0, rescues = 0, available_at = :now,
    updated_at = :now, budget_from_micro = cost_micro, reason = :reason
WHERE id = :id AND state = 'HELD';

-- name: dismiss_item
-- A held item or a dead letter is for nobody.
UPDATE items
SET
    state = 'DISCARDED', held_in = NULL, died_in = NULL, failure_group = NULL, updated_at = :now,
    finalized_at = :now, reason = :reason
WHERE id = :id AND state IN ('HELD', 'DEAD_LETTER');
