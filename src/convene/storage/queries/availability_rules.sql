-- name: list_rules
SELECT account_id, tzid, weekly_periods, date_overrides, buffer_before_minutes, buffer_after_minutes,
       minimum_notice_minutes, horizon_days, start_interval_minutes, daily_limit, weekly_limit, time_off, travel,
       calendar_ids, revision
FROM availability_rule
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s);

-- name: upsert_rule
INSERT INTO availability_rule (org_id, account_id, tzid, weekly_periods, date_overrides, buffer_before_minutes,
                               buffer_after_minutes, minimum_notice_minutes, horizon_days, start_interval_minutes,
                               daily_limit, weekly_limit, time_off, travel)
VALUES (%(org_id)s, %(account_id)s, %(tzid)s, %(weekly_periods)s, %(date_overrides)s, %(buffer_before_minutes)s,
        %(buffer_after_minutes)s, %(minimum_notice_minutes)s, %(horizon_days)s, %(start_interval_minutes)s,
        %(daily_limit)s, %(weekly_limit)s, %(time_off)s, %(travel)s)
ON CONFLICT (org_id, account_id) DO UPDATE
SET tzid = excluded.tzid, weekly_periods = excluded.weekly_periods, date_overrides = excluded.date_overrides,
    buffer_before_minutes = excluded.buffer_before_minutes, buffer_after_minutes = excluded.buffer_after_minutes,
    minimum_notice_minutes = excluded.minimum_notice_minutes, horizon_days = excluded.horizon_days,
    start_interval_minutes = excluded.start_interval_minutes, daily_limit = excluded.daily_limit,
    weekly_limit = excluded.weekly_limit, time_off = excluded.time_off, travel = excluded.travel,
    revision = availability_rule.revision + 1
RETURNING revision;

-- name: update_calendar_ids
UPDATE availability_rule SET calendar_ids = %(calendar_ids)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s;

-- name: delete_rule
DELETE FROM availability_rule WHERE org_id = %(org_id)s AND account_id = %(account_id)s;
