-- name: insert_code
INSERT INTO oauth_code (org_id, code_hash, client_id, account_id, service_account_id, scope, redirect_uri,
                        code_challenge, family_id, created_at, expires_at)
VALUES (%(org_id)s, %(code_hash)s, %(client_id)s, %(account_id)s, %(service_account_id)s, %(scope)s,
        %(redirect_uri)s, %(code_challenge)s, %(family_id)s, %(now)s, %(expires_at)s);

-- name: lock_code
-- One exchange at a time: the second finds the code used.
SELECT c.org_id, c.client_id, c.account_id, c.service_account_id, c.scope, c.redirect_uri, c.code_challenge,
       c.family_id, c.expires_at, c.used_at,
       a.suspended_at IS NOT NULL AS is_suspended
FROM oauth_code c LEFT JOIN account a USING (org_id, account_id)
WHERE c.org_id = %(org_id)s AND c.client_id = %(client_id)s AND c.code_hash = %(code_hash)s
FOR UPDATE OF c;

-- name: use_code
UPDATE oauth_code SET used_at = %(now)s WHERE org_id = %(org_id)s AND code_hash = %(code_hash)s;

-- name: drop_codes
-- Codes on their way to an application: for one account, or with no `sub` for everybody.
DELETE FROM oauth_code
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND used_at IS NULL
  AND (%(sub)s::text IS NULL OR coalesce(account_id, service_account_id) = %(sub)s);

-- name: delete_expired_codes
-- Used codes are kept for a day, so that a second use is recognised for what it is.
DELETE FROM oauth_code WHERE expires_at <= %(until)s;

-- name: lock_refresh_token
SELECT t.org_id, t.kind, t.family_id, t.client_id, t.account_id, t.service_account_id, t.scope, t.expires_at,
       t.revoked_at, a.role, a.suspended_at
FROM oauth_token t LEFT JOIN account a USING (org_id, account_id)
WHERE t.org_id = %(org_id)s AND t.client_id = %(client_id)s AND t.token_hash = %(token_hash)s AND t.kind = 'refresh'
FOR UPDATE OF t;

-- name: family_of
SELECT family_id FROM oauth_token
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND token_hash = %(token_hash)s;

-- name: families_of
SELECT DISTINCT family_id FROM oauth_token
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND coalesce(account_id, service_account_id) = %(sub)s
  AND revoked_at IS NULL;

-- name: lock_families
-- Whoever refreshes holds a family's refresh token locked: wait, so that the token being made is seen and revoked too.
SELECT token_hash FROM oauth_token
WHERE org_id = %(org_id)s AND family_id = ANY(%(family_ids)s) AND kind = 'refresh'
ORDER BY token_hash
FOR UPDATE;

-- name: revoke_families
UPDATE oauth_token SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND family_id = ANY(%(family_ids)s) AND revoked_at IS NULL;

-- name: list_of_account
-- Which applications may act for an account, and what each may do.
SELECT t.client_id, c.name, min(t.created_at) AS created_at,
       array_agg(DISTINCT s.scope ORDER BY s.scope) AS scope
FROM oauth_token t
JOIN oauth_client c USING (org_id, client_id)
CROSS JOIN LATERAL unnest(t.scope) AS s(scope)
WHERE t.org_id = %(org_id)s AND t.account_id = %(account_id)s AND t.kind = 'refresh' AND t.revoked_at IS NULL
GROUP BY t.client_id, c.name
ORDER BY lower(c.name), t.client_id;

-- name: newest_scope
SELECT scope FROM oauth_token
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s AND kind = 'refresh'
  AND revoked_at IS NULL
ORDER BY created_at DESC, token_hash LIMIT 1;

-- name: insert_link_token
INSERT INTO link_token (org_id, token_hash, client_id, account_id, created_at, expires_at)
VALUES (%(org_id)s, %(token_hash)s, %(client_id)s, %(account_id)s, %(now)s, %(expires_at)s);

-- name: find_link_token
SELECT account_id FROM link_token
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND token_hash = %(token_hash)s AND used_at IS NULL
  AND expires_at > %(now)s;

-- name: use_link_token
UPDATE link_token SET used_at = %(now)s
WHERE org_id = %(org_id)s AND token_hash = %(token_hash)s AND used_at IS NULL;

-- name: delete_expired_link_tokens
DELETE FROM link_token WHERE expires_at <= %(now)s;

-- name: find_service_account
SELECT org_id, service_account_id, client_id, granted_by, scope, delegated_scope, created_at
FROM service_account
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND revoked_at IS NULL
ORDER BY created_at DESC LIMIT 1;

-- name: insert_service_account
INSERT INTO service_account (org_id, service_account_id, client_id, granted_by, scope, delegated_scope, created_at)
VALUES (%(org_id)s, %(service_account_id)s, %(client_id)s, %(granted_by)s, %(scope)s, %(delegated_scope)s, %(now)s);

-- name: update_service_account
UPDATE service_account
SET granted_by = %(granted_by)s, scope = %(scope)s, delegated_scope = %(delegated_scope)s
WHERE org_id = %(org_id)s AND service_account_id = %(service_account_id)s;

-- name: revoke_service_accounts
UPDATE service_account SET revoked_at = %(now)s
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND revoked_at IS NULL;

-- name: find_application_calendar
SELECT account_id FROM application_calendar
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND application_calendar_id = %(application_calendar_id)s;

-- name: insert_application_calendar_account
INSERT INTO account (org_id, account_id, email, name, tzid, role, kind, created_at)
VALUES (%(org_id)s, %(account_id)s, '', %(name)s, 'Etc/UTC', 'guest', 'application_calendar', %(now)s);

-- name: insert_application_calendar
INSERT INTO application_calendar (org_id, client_id, application_calendar_id, account_id, created_at)
VALUES (%(org_id)s, %(client_id)s, %(application_calendar_id)s, %(account_id)s, %(now)s);

-- name: suspend_application_calendars
UPDATE account a SET suspended_at = %(now)s
FROM application_calendar c
WHERE c.org_id = %(org_id)s AND c.client_id = %(client_id)s AND a.org_id = c.org_id AND a.account_id = c.account_id;

-- name: find_named_account
-- Whoever an application names by address: a person or a room of this organisation.
SELECT account_id, kind FROM account
WHERE org_id = %(org_id)s AND lower(email) = lower(%(email)s) AND kind IN ('person', 'resource')
  AND suspended_at IS NULL;

-- name: forget_rules
-- What an application keeps about the accounts of some families; their own hours (`default`) are theirs.
DELETE FROM managed_rule r USING oauth_token t
WHERE t.org_id = %(org_id)s AND t.family_id = ANY(%(family_ids)s)
  AND r.org_id = t.org_id AND r.client_id = t.client_id AND r.account_id = t.account_id;

-- name: forget_periods
DELETE FROM available_period p USING oauth_token t
WHERE t.org_id = %(org_id)s AND t.family_id = ANY(%(family_ids)s)
  AND p.org_id = t.org_id AND p.client_id = t.client_id AND p.account_id = t.account_id;
