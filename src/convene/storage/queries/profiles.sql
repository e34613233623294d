-- name: find_account
-- Whoever an application may have to do with: people, rooms, calendars of applications.
SELECT org_id, account_id, kind, email, name, tzid
FROM account WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: count_calendars
SELECT count(*) AS found FROM calendar WHERE org_id = %(org_id)s AND connection_id = %(connection_id)s;
