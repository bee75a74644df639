-- What the models were asked.

-- name: find_prompt
-- What was first sent under a request hash.
SELECT system.hash, prompts.prompt
FROM prompts JOIN system_prompts AS system ON system.id = prompts.system_id
WHERE prompts.request_hash = :key;

-- name: keep_system
-- A system text, once.
INSERT INTO system_prompts (hash, text) VALUES (:hash, :text) ON CONFLICT (hash) DO NOTHING;

-- name: keep_prompt
-- What was sent, with the system text that is there already.
INSERT INTO prompts (request_hash, system_id, prompt, asked_at)
SELECT :key, id, :prompt, :now FROM system_prompts WHERE hash = :hash;

-- name: forget_old_prompts
-- The oldest of those whose time is over, a few at a time, along prompts_by_age.
DELETE FROM prompts WHERE id IN (
    SELECT id FROM prompts WHERE asked_at <= :since ORDER BY asked_at LIMIT :limit
)
RETURNING system_id;

-- name: forget_system
-- A system text that no prompt is left of, along prompts_by_system.
DELETE FROM system_prompts
WHERE id = :id AND NOT EXISTS (SELECT 1 FROM prompts WHERE system_id = :id);
