-- name: list_rules
SELECT account_id, availability_rule_id, tzid, calendar_ids, weekly_periods
FROM managed_rule
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = ANY(%(account_ids)s)
ORDER BY account_id, availability_rule_id;

-- name: find_rule
SELECT account_id, availability_rule_id, tzid, calendar_ids, weekly_periods
FROM managed_rule
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s
  AND availability_rule_id = %(availability_rule_id)s;

-- name: upsert_rule
INSERT INTO managed_rule (org_id, account_id, client_id, availability_rule_id, tzid, calendar_ids, weekly_periods,
                          created_at, updated_at)
VALUES (%(org_id)s, %(account_id)s, %(client_id)s, %(availability_rule_id)s, %(tzid)s, %(calendar_ids)s,
        %(weekly_periods)s, %(now)s, %(now)s)
ON CONFLICT (org_id, account_id, client_id, availability_rule_id) DO UPDATE
SET tzid = excluded.tzid, calendar_ids = excluded.calendar_ids, weekly_periods = excluded.weekly_periods,
    updated_at = excluded.updated_at;

-- name: delete_rule
DELETE FROM managed_rule
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND account_id = %(account_id)s
  AND availability_rule_id = %(availability_rule_id)s;

-- name: list_own_calendars
SELECT calendar_id FROM calendar
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND calendar_id = ANY(%(calendar_ids)s);
