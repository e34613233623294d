-- name: list_touching
-- For availability: what several accounts have declared in a period.
SELECT account_id, available_period_id, lower(during) AS starts_at, upper(during) AS ends_at, start_tzid, end_tzid
FROM available_period
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = ANY(%(account_ids)s)
  AND during && tstzrange(%(since)s, %(until)s)
ORDER BY account_id, lower(during), available_period_id;

-- name: count_periods
SELECT count(*) AS found
FROM available_period
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s
  AND (%(until)s::timestamptz IS NULL OR lower(during) < %(until)s)
  AND (%(since)s::timestamptz IS NULL OR upper(during) >= %(since)s);

-- name: list_page
SELECT account_id, available_period_id, lower(during) AS starts_at, upper(during) AS ends_at, start_tzid, end_tzid
FROM available_period
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s
  AND (%(until)s::timestamptz IS NULL OR lower(during) < %(until)s)
  AND (%(since)s::timestamptz IS NULL OR upper(during) >= %(since)s)
ORDER BY lower(during), available_period_id
LIMIT %(limit)s OFFSET %(offset)s;

-- name: upsert_period
INSERT INTO available_period (org_id, account_id, client_id, available_period_id, during, start_tzid, end_tzid,
                              created_at, updated_at)
VALUES (%(org_id)s, %(account_id)s, %(client_id)s, %(available_period_id)s, tstzrange(%(starts_at)s, %(ends_at)s),
        %(start_tzid)s, %(end_tzid)s, %(now)s, %(now)s)
ON CONFLICT (org_id, account_id, client_id, available_period_id) DO UPDATE
SET during = excluded.during, start_tzid = excluded.start_tzid, end_tzid = excluded.end_tzid,
    updated_at = excluded.updated_at;

-- name: delete_period
DELETE FROM available_period
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s
  AND available_period_id = %(available_period_id)s;

-- name: delete_all
DELETE FROM available_period
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s;
