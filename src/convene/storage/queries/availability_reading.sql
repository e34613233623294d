-- name: list_calendars
-- Every calendar of some accounts, with what is known of its health; a query says which of them count.
SELECT c.account_id, c.calendar_id, c.connection_id, n.kind, n.label, c.name, n.state,
       c.first_synced_at, c.synced_at, n.error_at AS failing_since,
       EXISTS (SELECT FROM calendar_event e WHERE e.org_id = c.org_id AND e.calendar_id = c.calendar_id
                                              AND e.problem = 'calendar_unknown') AS is_unreadable,
       c.is_checked
FROM calendar c
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s)
ORDER BY c.account_id, c.num;

-- name: list_busy_times
-- One probe of the index per calendar. Bookings are no part of this: they are read from booking_participant.
-- All times of a calendar and kind in one value, each as two big-endian integers of 8 bytes: whole seconds since 1970,
-- outwards. Hundreds of thousands of rows would take longer to become objects than to be found.
SELECT c.account_id, c.calendar_id, b.kind,
       string_agg(int8send(floor(date_part('epoch', lower(b.during)))::bigint)
                  || int8send(ceil(date_part('epoch', upper(b.during)))::bigint), ''::bytea) AS times
FROM calendar c
JOIN busy_block b
  ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND b.during && tstzrange(%(since)s, %(until)s)
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s) AND c.calendar_id = ANY(%(calendar_ids)s)
GROUP BY c.account_id, c.calendar_id, b.kind;

-- name: list_busy
-- The same event by event, with what the application that asks knows them by.
SELECT c.account_id, c.calendar_id, lower(b.during) AS starts_at, upper(b.during) AS ends_at, b.kind,
       b.remote_id, coalesce(e.client_id = %(client_id)s, false) AS is_managed,
       CASE WHEN e.client_id = %(client_id)s THEN e.event_id ELSE '' END AS event_id
FROM calendar c
JOIN busy_block b
  ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND b.during && tstzrange(%(since)s, %(until)s)
JOIN calendar_event e ON e.org_id = b.org_id AND e.calendar_id = b.calendar_id AND e.remote_id = b.remote_id
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s) AND c.calendar_id = ANY(%(calendar_ids)s);

-- name: list_taken
-- Live bookings, each in the calendar that it is written to, and holds, which are in none. An application manages the
-- bookings that came of its links.
SELECT p.account_id, coalesce(w.calendar_id, '') AS calendar_id, lower(p.during) AS starts_at,
       upper(p.during) AS ends_at, p.booking_id, coalesce(l.client_id = %(client_id)s, false) AS is_managed,
       CASE WHEN l.client_id = %(client_id)s THEN b.event_id ELSE '' END AS event_id, NULL::timestamptz AS expires_at
FROM booking_participant p
JOIN booking b ON b.org_id = p.org_id AND b.booking_id = p.booking_id
LEFT JOIN booking_write w ON w.org_id = p.org_id AND w.booking_id = p.booking_id AND w.account_id = p.account_id
LEFT JOIN scheduling_link l ON l.org_id = b.org_id AND l.link_id = b.link_id
WHERE p.org_id = %(org_id)s AND p.account_id = ANY(%(account_ids)s) AND p.live
  AND lower(p.during) < %(until)s AND p.during && tstzrange(%(since)s, %(until)s)
  AND p.booking_id <> ALL(%(excluded_bookings)s)
UNION ALL
SELECT h.account_id, '', lower(h.during), upper(h.during), '', false, '', h.expires_at
FROM hold h
WHERE h.org_id = %(org_id)s AND h.account_id = ANY(%(account_ids)s) AND h.expires_at > %(now)s
  AND h.during && tstzrange(%(since)s, %(until)s) AND h.hold_id <> ALL(%(excluded_holds)s);

-- name: list_occurrences
-- Events by the names under which readers know their occurrences.
SELECT o.calendar_id, o.event_uid, o.remote_id, lower(o.during) AS starts_at, upper(o.during) AS ends_at
FROM calendar c
JOIN event_occurrence o ON o.org_id = c.org_id AND o.calendar_id = c.calendar_id AND o.event_uid = ANY(%(event_uids)s)
WHERE c.org_id = %(org_id)s AND c.account_id = ANY(%(account_ids)s);

-- name: list_entries
-- What makes one account busy, by name: for its owner alone.
SELECT b.kind, e.summary AS title, c.name AS calendar_name, lower(b.during) AS starts_at, upper(b.during) AS ends_at,
       '' AS booking_id
FROM calendar c
JOIN busy_block b
  ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND b.during && tstzrange(%(since)s, %(until)s)
JOIN calendar_event e ON e.org_id = b.org_id AND e.calendar_id = b.calendar_id AND e.remote_id = b.remote_id
WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s AND c.is_checked
UNION ALL
SELECT 'meeting', b.title, '', lower(p.during), upper(p.during), b.booking_id
FROM booking_participant p
JOIN booking b ON b.org_id = p.org_id AND b.booking_id = p.booking_id
WHERE p.org_id = %(org_id)s AND p.account_id = %(account_id)s AND p.live
  AND p.during && tstzrange(%(since)s, %(until)s) AND p.booking_id <> %(excluded_booking)s
UNION ALL
SELECT 'hold', '', '', lower(h.during), upper(h.during), ''
FROM hold h
WHERE h.org_id = %(org_id)s AND h.account_id = %(account_id)s AND h.owner_id <> %(account_id)s
  AND h.expires_at > %(now)s AND h.during && tstzrange(%(since)s, %(until)s)
ORDER BY starts_at, title
LIMIT 20;

-- name: list_shared_entries
-- The same as others may know it: `shares` is what the account's owner lets them (meetings and holds: busy). A title only
-- where details are shared, and of nothing that is marked as private.
SELECT b.kind, n.policy ->> 'shares' AS shares,
       CASE WHEN n.policy ->> 'shares' = 'details' AND NOT e.details @> '[{"is_private": true}]' THEN e.summary ELSE '' END
           AS title,
       lower(b.during) AS starts_at, upper(b.during) AS ends_at
FROM calendar c
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
JOIN busy_block b
  ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
 AND b.during && tstzrange(%(since)s, %(until)s)
JOIN calendar_event e ON e.org_id = b.org_id AND e.calendar_id = b.calendar_id AND e.remote_id = b.remote_id
WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s AND c.is_checked
UNION ALL
SELECT 'meeting', 'busy', '', lower(p.during), upper(p.during)
FROM booking_participant p
WHERE p.org_id = %(org_id)s AND p.account_id = %(account_id)s AND p.live
  AND p.during && tstzrange(%(since)s, %(until)s) AND p.booking_id <> %(excluded_booking)s
UNION ALL
SELECT 'hold', 'busy', '', lower(h.during), upper(h.during)
FROM hold h
WHERE h.org_id = %(org_id)s AND h.account_id = %(account_id)s AND h.expires_at > %(now)s
  AND h.during && tstzrange(%(since)s, %(until)s)
ORDER BY starts_at, title
LIMIT 20;
