-- name: insert_feed
INSERT INTO calendar_feed (org_id, feed_id, account_id, name, detail, with_calendars, token, token_hash, created_at,
                           renewed_at)
VALUES (%(org_id)s, %(feed_id)s, %(account_id)s, %(name)s, %(detail)s, %(with_calendars)s, %(token)s, %(token_hash)s,
        %(now)s, %(now)s);

-- name: list_feeds
SELECT org_id, feed_id, account_id, name, detail, with_calendars, token, token_hash, created_at, renewed_at, read_at
FROM calendar_feed
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
ORDER BY created_at, feed_id;

-- name: get_feed
SELECT org_id, feed_id, account_id, name, detail, with_calendars, token, token_hash, created_at, renewed_at, read_at
FROM calendar_feed
WHERE org_id = %(org_id)s AND feed_id = %(feed_id)s;

-- name: find_feed
-- Of whatever organisation: readers have nothing but the address. Nothing of people who may not sign in.
SELECT f.org_id, f.feed_id, f.account_id, f.name, f.detail, f.with_calendars, f.token, f.token_hash, f.created_at,
       f.renewed_at, f.read_at
FROM calendar_feed f
JOIN account a ON a.org_id = f.org_id AND a.account_id = f.account_id
WHERE f.token_hash = %(token_hash)s AND a.suspended_at IS NULL;

-- name: renew_feed
UPDATE calendar_feed
SET token = %(token)s, token_hash = %(token_hash)s, renewed_at = %(now)s, read_at = NULL
WHERE org_id = %(org_id)s AND feed_id = %(feed_id)s;

-- name: delete_feed
DELETE FROM calendar_feed WHERE org_id = %(org_id)s AND feed_id = %(feed_id)s;

-- name: note_read
UPDATE calendar_feed SET read_at = %(now)s WHERE org_id = %(org_id)s AND feed_id = %(feed_id)s;

-- name: list_others
-- What lies in an account's checked calendars besides the meetings that were booked here, occurrence by occurrence.
SELECT o.event_uid, lower(o.during) AS starts_at, upper(o.during) AS ends_at, o.start_date, o.end_date, o.kind,
       o.updated_at,
       CASE WHEN coalesce((e.details -> o.component ->> 'is_private')::boolean, false) THEN ''
            ELSE coalesce(e.details -> o.component ->> 'summary', '') END AS summary
FROM calendar c
JOIN event_occurrence o
  ON int8range(o.calendar_num, o.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND o.during && tstzrange(%(since)s, %(until)s)
JOIN calendar_event e ON e.org_id = o.org_id AND e.calendar_id = o.calendar_id AND e.remote_id = o.remote_id
WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s AND c.is_checked AND e.booking_id IS NULL
ORDER BY lower(o.during), c.num, o.event_uid
LIMIT %(limit)s;
