-- name: insert_secret
INSERT INTO oauth_client_secret (org_id, client_id, secret_id, secret, secret_hash, created_at)
VALUES (%(org_id)s, %(client_id)s, %(secret_id)s, %(secret)s, %(secret_hash)s, %(now)s);

-- name: find_by_secret
-- The credential itself says whose it is, so no organisation is known yet.
SELECT org_id, client_id, secret_id, secret, created_at, expires_at
FROM oauth_client_secret
WHERE secret_hash = %(secret_hash)s AND (expires_at IS NULL OR expires_at > %(now)s);

-- name: list_secrets
SELECT org_id, client_id, secret_id, secret, created_at, expires_at
FROM oauth_client_secret
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND (expires_at IS NULL OR expires_at > %(now)s)
ORDER BY created_at DESC, secret_id DESC;

-- name: insert_element_token
INSERT INTO element_token (org_id, token_hash, client_id, permissions, subs, origin, created_at, expires_at)
VALUES (%(org_id)s, %(token_hash)s, %(client_id)s, %(permissions)s, %(subs)s, %(origin)s, %(now)s, %(expires_at)s);

-- name: find_element_token
-- `scope`: what the account of a token for one account allows the application at this moment; nothing once it has
-- withdrawn or is suspended.
SELECT e.org_id, e.client_id, e.permissions, e.subs, e.origin, e.expires_at,
       ARRAY(SELECT DISTINCT s.scope
             FROM oauth_token t
             JOIN account a ON a.org_id = t.org_id AND a.account_id = t.account_id AND a.suspended_at IS NULL
             CROSS JOIN LATERAL unnest(t.scope) AS s (scope)
             WHERE cardinality(e.subs) = 1 AND t.org_id = e.org_id AND t.client_id = e.client_id
               AND t.account_id = e.subs[1] AND t.kind = 'refresh' AND t.revoked_at IS NULL) AS scope
FROM element_token e WHERE e.token_hash = %(token_hash)s AND e.expires_at > %(now)s;

-- name: delete_expired_element_tokens
DELETE FROM element_token WHERE expires_at <= %(now)s;

-- name: visible_accounts
-- With the version of each account's time, so that what was kept ready can be judged with the same statement; and only
-- if a credential works (an access token or a client secret, by its hash), where one is to be proved with it.
SELECT a.account_id,
       coalesce((SELECT sum(t.changes) FROM time_change t
                 WHERE t.org_id = a.org_id AND t.account_id = a.account_id), 0)::bigint AS version
FROM account a
WHERE a.org_id = %(org_id)s AND a.account_id = ANY(string_to_array(%(subs)s, ',')) AND a.suspended_at IS NULL
  AND (a.kind = 'resource'
       OR EXISTS (SELECT FROM oauth_token t
                  WHERE t.org_id = a.org_id AND t.client_id = %(client_id)s AND t.account_id = a.account_id
                    AND t.kind = 'refresh' AND t.revoked_at IS NULL)
       OR EXISTS (SELECT FROM application_calendar c
                  WHERE c.org_id = a.org_id AND c.client_id = %(client_id)s AND c.account_id = a.account_id))
  AND (%(credential)s::bytea IS NULL
       OR EXISTS (SELECT FROM oauth_token t LEFT JOIN account h USING (org_id, account_id)
                  WHERE t.token_hash = %(credential)s AND t.org_id = %(org_id)s AND t.client_id = %(client_id)s
                    AND t.kind = 'access' AND t.revoked_at IS NULL AND t.expires_at > %(now)s
                    AND h.suspended_at IS NULL)
       OR EXISTS (SELECT FROM oauth_client_secret s
                  WHERE s.secret_hash = %(credential)s AND s.org_id = %(org_id)s AND s.client_id = %(client_id)s
                    AND (s.expires_at IS NULL OR s.expires_at > %(now)s)));

-- name: writable_accounts
-- In whose calendars an application may write: those who have allowed one of these scopes, its own application calendars
-- (which have tokens of their own) and the rooms; nobody suspended.
SELECT a.account_id
FROM account a
WHERE a.org_id = %(org_id)s AND a.account_id = ANY(%(subs)s) AND a.suspended_at IS NULL
  AND (a.kind = 'resource'
       OR EXISTS (SELECT FROM oauth_token t
                  WHERE t.org_id = a.org_id AND t.client_id = %(client_id)s AND t.account_id = a.account_id
                    AND t.kind = 'refresh' AND t.revoked_at IS NULL AND t.scope && %(scopes)s));

-- name: expire_secrets
-- Of several old ones, none lives longer than it already would.
UPDATE oauth_client_secret SET expires_at = least(expires_at, %(expires_at)s)
WHERE org_id = %(org_id)s AND client_id = %(client_id)s;

-- name: delete_expired_secrets
DELETE FROM oauth_client_secret WHERE expires_at <= %(now)s;

-- name: find_element_origin
-- Over or not: a page that is told why its token no longer works must be allowed to read the answer.
SELECT origin FROM element_token WHERE token_hash = %(token_hash)s;
