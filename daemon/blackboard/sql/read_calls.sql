-- Reading single calls, with what listings leave out because it is long.

-- name: call_in_full
-- One call of an item with its answer and its price.
SELECT
    id, brain, task, kind, provider, model, status, attempt, round, prompt_tokens, completion_tokens, cached_tokens,
    cost_micro, reserved_micro, saved_micro, latency_ms, first_token_ms, error, fingerprint, started_at, batch_id,
    cache_write_tokens, reasoning_tokens, price, price_source, answer, ended_at, request_hash
FROM calls
WHERE id = :id AND item_id = :item_id;

-- name: prompt_of_call
-- What a call asked: kept for it alone, or else for all of its request hash, but not by one that came after it.
SELECT system.text AS system, prompts.prompt
FROM prompts JOIN system_prompts AS system ON system.id = prompts.system_id
WHERE (prompts.request_hash = :own OR prompts.request_hash = :shared) AND prompts.asked_at <= :started_at
ORDER BY prompts.request_hash = :own DESC
LIMIT 1;
