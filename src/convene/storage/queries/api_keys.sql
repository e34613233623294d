-- name: insert_key
INSERT INTO api_key (org_id, key_id, prefix, secret_hash, name, grants, account_id, created_by, created_at)
VALUES (%(org_id)s, %(key_id)s, %(prefix)s, %(secret_hash)s, %(name)s, %(grants)s, %(account_id)s, %(created_by)s,
        %(now)s);

-- name: find_key
-- Looked up by its public prefix; the secret's hash is compared in constant time by the caller.
SELECT k.org_id, k.key_id, k.prefix, k.secret_hash, k.name, k.grants, k.account_id, k.created_by, k.created_at,
       k.last_used_at, k.revoked_at, a.role, a.suspended_at
FROM api_key k LEFT JOIN account a ON a.org_id = k.org_id AND a.account_id = k.account_id
WHERE k.prefix = %(prefix)s;

-- name: find_key_by_id
SELECT k.org_id, k.key_id, k.prefix, k.secret_hash, k.name, k.grants, k.account_id, k.created_by, k.created_at,
       k.last_used_at, k.revoked_at, a.role, a.suspended_at
FROM api_key k LEFT JOIN account a ON a.org_id = k.org_id AND a.account_id = k.account_id
WHERE k.org_id = %(org_id)s AND k.key_id = %(key_id)s;

-- name: list_service_keys
SELECT k.org_id, k.key_id, k.prefix, k.secret_hash, k.name, k.grants, k.account_id, k.created_by, k.created_at,
       k.last_used_at, k.revoked_at, NULL AS role, NULL::timestamptz AS suspended_at
FROM api_key k
WHERE k.org_id = %(org_id)s AND k.account_id IS NULL AND k.revoked_at IS NULL
ORDER BY k.created_at DESC, k.key_id;

-- name: list_personal_tokens
SELECT k.org_id, k.key_id, k.prefix, k.secret_hash, k.name, k.grants, k.account_id, k.created_by, k.created_at,
       k.last_used_at, k.revoked_at, NULL AS role, NULL::timestamptz AS suspended_at
FROM api_key k
WHERE k.org_id = %(org_id)s AND k.account_id = %(account_id)s AND k.revoked_at IS NULL
ORDER BY k.created_at DESC, k.key_id;

-- name: touch_key
UPDATE api_key SET last_used_at = %(now)s
WHERE org_id = %(org_id)s AND key_id = %(key_id)s AND (last_used_at IS NULL OR last_used_at < %(now)s);

-- name: revoke_service_key
UPDATE api_key SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND key_id = %(key_id)s AND account_id IS NULL AND revoked_at IS NULL;

-- name: revoke_personal_token
UPDATE api_key SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND key_id = %(key_id)s AND account_id = %(account_id)s AND revoked_at IS NULL;
