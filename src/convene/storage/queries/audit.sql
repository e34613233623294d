-- name: lock_log
-- One writer at a time per organisation, so that numbers have no holes and each link knows the one before.
SELECT org_id FROM organization WHERE org_id = %(org_id)s FOR NO KEY UPDATE;

-- name: newest
SELECT seq, chain FROM audit WHERE org_id = %(org_id)s ORDER BY seq DESC LIMIT 1;

-- name: insert_entry
INSERT INTO audit (org_id, seq, at, actor, action, target, ip, detail, chain)
VALUES (%(org_id)s, %(seq)s, %(at)s, %(actor)s, %(action)s, %(target)s, %(ip)s, %(detail)s, %(chain)s);

-- name: list_entries
SELECT a.seq, a.at, a.actor, coalesce(p.name, k.name, '') AS actor_name, a.action, a.target, a.ip, a.detail
FROM audit a
LEFT JOIN account p ON p.org_id = a.org_id AND p.account_id = a.actor
LEFT JOIN api_key k ON k.org_id = a.org_id AND k.key_id = a.actor
WHERE a.org_id = %(org_id)s AND (%(before)s::bigint IS NULL OR a.seq < %(before)s)
ORDER BY a.seq DESC LIMIT %(limit)s;

-- name: chain_from
SELECT seq, at, actor, action, target, ip, detail, chain FROM audit
WHERE org_id = %(org_id)s AND seq > %(after)s ORDER BY seq LIMIT %(limit)s;
