-- name: list_held
-- Live holds of several accounts that touch a period, but for those of whoever asks.
SELECT account_id, lower(during) AS starts_at, upper(during) AS ends_at
FROM hold
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s) AND expires_at > %(now)s
  AND during && tstzrange(%(since)s, %(until)s) AND owner_id IS DISTINCT FROM %(owner_id)s
ORDER BY lower(during);

-- name: insert_hold
INSERT INTO hold (org_id, hold_id, account_id, owner_id, during, expires_at, created_at)
SELECT %(org_id)s, %(hold_id)s, account_id, %(owner_id)s, tstzrange(%(starts_at)s, %(ends_at)s), %(expires_at)s, %(now)s
FROM unnest(%(account_ids)s::text[]) AS held (account_id);

-- name: list_owned
SELECT hold_id, array_agg(account_id ORDER BY account_id) AS account_ids, min(lower(during)) AS starts_at,
       min(upper(during)) AS ends_at, min(expires_at) AS expires_at
FROM hold
WHERE org_id = %(org_id)s AND owner_id = %(owner_id)s AND expires_at > %(now)s
GROUP BY hold_id
ORDER BY min(lower(during)), hold_id;

-- name: delete_hold
DELETE FROM hold
WHERE org_id = %(org_id)s AND hold_id = %(hold_id)s AND owner_id = %(owner_id)s
RETURNING account_id;

-- name: delete_used
-- What its owner held has become a meeting.
DELETE FROM hold
WHERE org_id = %(org_id)s AND owner_id = %(owner_id)s AND hold_id IN (
    SELECT hold_id FROM hold
    WHERE org_id = %(org_id)s AND owner_id = %(owner_id)s AND account_id = ANY(%(account_ids)s)
      AND during && tstzrange(%(starts_at)s, %(ends_at)s));

-- name: delete_expired
DELETE FROM hold WHERE expires_at <= %(now)s RETURNING org_id, account_id;
