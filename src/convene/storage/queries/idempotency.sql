-- name: claim
-- Waits for a rival with the same key; nothing inserted means that it has committed.
INSERT INTO idempotency (org_id, principal, key, request_hash, status, body, created_at)
VALUES (%(org_id)s, %(principal)s, %(key)s, %(request_hash)s, 0, 'null', %(now)s)
ON CONFLICT DO NOTHING;

-- name: find
SELECT request_hash, status, body FROM idempotency
WHERE org_id = %(org_id)s AND principal = %(principal)s AND key = %(key)s;

-- name: finish
UPDATE idempotency SET status = %(status)s, body = %(body)s
WHERE org_id = %(org_id)s AND principal = %(principal)s AND key = %(key)s;

-- name: prune
DELETE FROM idempotency WHERE created_at < %(before)s;
