-- name: insert_client
INSERT INTO oauth_client (org_id, client_id, name, redirect_uris, created_at)
VALUES (%(org_id)s, %(client_id)s, %(name)s, %(redirect_uris)s, %(now)s);

-- name: find_client
-- The client id is the credential's public half, so no organisation is known yet.
SELECT org_id, client_id, name, redirect_uris, created_at
FROM oauth_client WHERE client_id = %(client_id)s;

-- name: insert_token
INSERT INTO oauth_token (org_id, token_hash, kind, family_id, client_id, account_id, service_account_id, scope,
                         created_at, expires_at)
VALUES (%(org_id)s, %(token_hash)s, %(kind)s, %(family_id)s, %(client_id)s, %(account_id)s, %(service_account_id)s,
        %(scope)s, %(now)s, %(expires_at)s);

-- name: find_token
SELECT t.org_id, t.kind, t.family_id, t.client_id, t.account_id, t.service_account_id, t.scope, t.expires_at,
       t.revoked_at, a.role, a.suspended_at
FROM oauth_token t LEFT JOIN account a USING (org_id, account_id)
WHERE t.token_hash = %(token_hash)s;

-- name: delete_expired
DELETE FROM oauth_token WHERE expires_at <= %(now)s;

-- name: builtin_profile
SELECT connection_id, label FROM calendar_connection
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND kind = 'builtin';

-- name: lock_client
SELECT org_id, client_id, name, redirect_uris, created_at
FROM oauth_client WHERE org_id = %(org_id)s AND client_id = %(client_id)s FOR NO KEY UPDATE;

-- name: list_clients
SELECT c.org_id, c.client_id, c.name, c.redirect_uris, c.created_at,
       (SELECT count(DISTINCT t.account_id) FROM oauth_token t
        WHERE t.org_id = c.org_id AND t.client_id = c.client_id AND t.kind = 'refresh' AND t.revoked_at IS NULL)
           AS authorized_count,
       (SELECT max(s.expires_at) FROM oauth_client_secret s
        WHERE s.org_id = c.org_id AND s.client_id = c.client_id AND s.expires_at > %(now)s) AS old_secret_until,
       EXISTS (SELECT FROM service_account s
               WHERE s.org_id = c.org_id AND s.client_id = c.client_id AND s.revoked_at IS NULL)
           AS has_service_account
FROM oauth_client c
WHERE c.org_id = %(org_id)s
ORDER BY lower(c.name), c.client_id;

-- name: update_client
UPDATE oauth_client SET name = %(name)s, redirect_uris = %(redirect_uris)s
WHERE org_id = %(org_id)s AND client_id = %(client_id)s;

-- name: delete_client
DELETE FROM oauth_client WHERE org_id = %(org_id)s AND client_id = %(client_id)s;

-- name: release_events
-- Events that an application managed stay where they are, as anybody else's.
UPDATE calendar_event SET client_id = NULL, event_id = NULL, content = NULL
WHERE org_id = %(org_id)s AND client_id = %(client_id)s;
