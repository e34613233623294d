-- name: insert_client
INSERT INTO oauth_client (org_id, client_id, name, redirect_uris, created_at)
VALUES (%(org_id)s, %(client_id)s, %(name)s, %(redirect_uris)s, %(now)s);

-- name: find_client
-- The client id is the credential's public half, so no organisation is known yet.
SELECT org_id, client_id, name, redirect_uris, created_at
FROM oauth_client WHERE client_id = %(client_id)s;

-- name: insert_token
INSERT INTO oauth_token (org_id, token_hash, kind, family_id, client_id, account_id, scope, created_at, expires_at)
VALUES (%(org_id)s, %(token_hash)s, %(kind)s, %(family_id)s, %(client_id)s, %(account_id)s, %(scope)s, %(now)s,
        %(expires_at)s);

-- name: find_token
SELECT t.org_id, t.kind, t.family_id, t.client_id, t.account_id, t.service_account_id, t.scope, t.expires_at,
       t.revoked_at, a.role, a.suspended_at
FROM oauth_token t LEFT JOIN account a USING (org_id, account_id)
WHERE t.token_hash = %(token_hash)s;

-- name: revoke_family
UPDATE oauth_token SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND family_id = %(family_id)s AND revoked_at IS NULL;

-- name: delete_expired
DELETE FROM oauth_token WHERE expires_at <= %(now)s;

-- name: builtin_profile
SELECT connection_id, label FROM calendar_connection
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'builtin';
