-- The ledger: every model call, and what is spent. A reservation is charged when the call begins and replaced by the
-- real cost when it is settled, so `charged_micro` always holds spent plus set aside.

-- name: find_answer
-- The newest stored answer to a request of an item.
SELECT
    id, model, provider, answer, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens,
    cost_micro
FROM calls
WHERE item_id = :item_id AND request_hash = :request_hash AND status = 'ok' AND answer IS NOT NULL
ORDER BY id DESC
LIMIT 1;

-- name: item_charged
-- What an item has cost since a person last took it up again, with its open reservations.
SELECT max(cost_micro - budget_from_micro, 0) FROM items WHERE id = :item_id;

-- name: period_charged
-- What is charged to a scope (a day, a month, a brain's day).
SELECT charged_micro FROM spending WHERE scope = :scope AND period = :period;

-- name: charge_item
-- Add to (or take from) what an item cost.
UPDATE items SET cost_micro = cost_micro + :micro WHERE id = :item_id;

-- name: charge_period
-- Add to (or take from) what is charged to a scope.
INSERT INTO spending (scope, period, charged_micro) VALUES (:scope, :period, :micro)
ON CONFLICT (scope, period) DO UPDATE SET charged_micro = charged_micro + excluded.charged_micro;

-- name: under_way
-- What calls under way have set aside since a time, of one brain or (NULL) of all: read when a call is refused.
SELECT coalesce(sum(reserved_micro), 0) FROM calls INDEXED BY calls_open
WHERE status = 'sent' AND started_at >= :since AND (:brain IS NULL OR brain = :brain);

-- name: begin_call
-- A call that is about to be sent, or waits for its batch; the first twelve are those of insert_settled.
INSERT INTO calls (
    item_id, brain, task, provider, model, request_hash, kind, attempt, round, epoch, reserved_micro, fingerprint,
    status, started_at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: insert_settled
-- A call that is entered complete. Many at once, so by place.
INSERT INTO calls (
    item_id, brain, task, provider, model, request_hash, kind, attempt, round, epoch, reserved_micro, fingerprint,
    status, prompt_tokens, completion_tokens, cached_tokens, cache_write_tokens, reasoning_tokens, cost_micro,
    saved_micro, price, price_source, latency_ms, first_token_ms, answer, error, started_at, ended_at
)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?);

-- name: open_call
-- What is needed to settle a call.
SELECT status, item_id, coalesce(reserved_micro, 0), started_at, brain, task, provider, model, kind, attempt
FROM calls WHERE id = :id;

-- name: settle_call
-- How a call ended; by place, in the order of insert_settled.
UPDATE calls
SET
    status = ?, prompt_tokens = ?, completion_tokens = ?, cached_tokens = ?, cache_write_tokens = ?,
    reasoning_tokens = ?, cost_micro = ?, saved_micro = ?, price = ?, price_source = ?, latency_ms = ?,
    first_token_ms = ?, answer = ?, error = ?, ended_at = ?
WHERE id = ? AND (status = 'sent' OR status = 'batched');

-- name: left_sent
-- Calls that a former process sent and never settled; those in a batch are not among them.
SELECT id, item_id, coalesce(reserved_micro, 0), source_id FROM calls WHERE status = 'sent' ORDER BY id;

-- name: leave_unconfirmed
-- Their outcome is unknown: the reservations stay charged.
UPDATE calls SET status = 'unconfirmed', error = :error, ended_at = :now WHERE status = 'sent';
