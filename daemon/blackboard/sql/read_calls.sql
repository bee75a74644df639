-- Reading single calls, with what listings leave out because it is long.

-- name: call_in_full
-- One call of an item with its answer and its price.
SELECT
    id, brain, task, kind, provider, model, status, attempt, round, prompt_tokens, completion_tokens, cached_tokens,
    cost_micro, reserved_micro, saved_micro, latency_ms, first_token_ms, error, fingerprint, started_at, batch_id,
    cache_write_tokens, reasoning_tokens, price, price_source, answer, ended_at
FROM calls
WHERE id = :id AND item_id = :item_id;
