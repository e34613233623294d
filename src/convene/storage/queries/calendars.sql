-- name: insert_calendar
INSERT INTO calendar (org_id, calendar_id, connection_id, account_id, remote_id, name, color, tzid,
                      is_writable, is_checked)
VALUES (%(org_id)s, %(calendar_id)s, %(connection_id)s, %(account_id)s, %(remote_id)s, %(name)s, %(color)s,
        %(tzid)s, %(is_writable)s, %(is_checked)s)
ON CONFLICT (org_id, connection_id, remote_id) DO UPDATE SET name = excluded.name, color = excluded.color,
        is_writable = excluded.is_writable;

-- name: list_calendars
-- The calendars of some connections, in the order in which they were found.
SELECT org_id, calendar_id, num, connection_id, account_id, remote_id, name, color, tzid, is_writable, is_checked,
       is_target, cursor, generation, first_synced_at, synced_at, full_read_at, vanished_at, expanded_until, notices
FROM calendar
WHERE org_id = %(org_id)s AND connection_id = ANY(%(connection_ids)s)
ORDER BY num;

-- name: get_calendar
SELECT org_id, calendar_id, num, connection_id, account_id, remote_id, name, color, tzid, is_writable, is_checked,
       is_target, cursor, generation, first_synced_at, synced_at, full_read_at, vanished_at, expanded_until, notices
FROM calendar
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: lock_calendar
-- One storing transaction at a time; foreign keys of concurrent writers still pass.
SELECT org_id, calendar_id, num, connection_id, account_id, remote_id, name, color, tzid, is_writable, is_checked,
       is_target, cursor, generation, first_synced_at, synced_at, full_read_at, vanished_at, expanded_until, notices
FROM calendar
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s
FOR NO KEY UPDATE;

-- name: get_target
-- The calendar to which bookings of this account are written.
SELECT org_id, calendar_id, num, connection_id, account_id, remote_id, name, color, tzid, is_writable, is_checked,
       is_target, cursor, generation, first_synced_at, synced_at, full_read_at, vanished_at, expanded_until, notices
FROM calendar
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND is_target;

-- name: clear_target
UPDATE calendar SET is_target = false
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND is_target;

-- name: set_target
UPDATE calendar SET is_target = true
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND is_writable;

-- name: set_builtin_target
-- Fall back to the built-in calendar when an account has no target left.
UPDATE calendar SET is_target = true
WHERE org_id = %(org_id)s
  AND calendar_id = (SELECT c.calendar_id FROM calendar c
                     JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
                     WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s AND n.kind = 'builtin'
                     ORDER BY c.num LIMIT 1)
  AND NOT EXISTS (SELECT FROM calendar t
                  WHERE t.org_id = %(org_id)s AND t.account_id = %(account_id)s AND t.is_target);

-- name: set_checked
UPDATE calendar SET is_checked = %(is_checked)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: claim_round
-- A round that is stored in several transactions begins: an older one, and a second one at once, find another
-- generation and stop. Until it is complete no read counts as full, so that one which dies is followed by a full read.
UPDATE calendar SET generation = %(generation)s, full_read_at = NULL
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: store_round
-- The end of a round of reading: the cursor only together with the data that it describes.
UPDATE calendar
SET cursor = %(cursor)s, generation = %(generation)s, synced_at = %(now)s,
    first_synced_at = coalesce(first_synced_at, %(now)s),
    full_read_at = CASE WHEN %(is_full)s THEN %(now)s ELSE %(full_read_at)s END,
    expanded_until = %(expanded_until)s, vanished_at = NULL, notices = %(notices)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: require_full_read
UPDATE calendar SET full_read_at = NULL
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: note_vanished
UPDATE calendar SET vanished_at = %(vanished_at)s, notices = %(notices)s
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s;

-- name: list_readability
-- Every calendar that counts as busy time, with what is known of its health.
SELECT c.account_id, c.calendar_id, c.connection_id, n.kind, n.label, c.name, n.state,
       c.first_synced_at, c.synced_at, n.error_at AS failing_since,
       EXISTS (SELECT FROM calendar_event e WHERE e.org_id = c.org_id AND e.calendar_id = c.calendar_id
                                              AND e.problem = 'calendar_unknown') AS is_unreadable
FROM calendar c
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s) AND c.is_checked
ORDER BY c.account_id, c.num;
