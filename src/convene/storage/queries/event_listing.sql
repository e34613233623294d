-- name: list_page
-- One page of what an application may read of an account's calendars, by start. Four sources: events as they were read,
-- bookings (always from their own rows: what lies in a remote calendar is a copy), time that could not be read, and what
-- was deleted. `remaining` counts this page and all that follow.
-- Whole days meet the period by date, as the reader's zone counts days; everything else by instant.
WITH shown AS (
    SELECT c.calendar_id, c.num, o.event_uid AS name, o.event_uid, o.remote_id, o.component, o.during, o.start_date,
           o.end_date, o.kind, o.created_at, o.updated_at, false AS is_deleted, '' AS booking_id, '' AS summary,
           false AS is_recurring, NULL::text AS event_id
    FROM calendar c
    JOIN event_occurrence o
      ON int8range(o.calendar_num, o.calendar_num, '[]') && int8range(c.num, c.num, '[]')
     AND o.during && tstzrange(greatest(%(since)s::timestamptz - interval '2 days', %(after_start)s::timestamptz),
                               greatest(%(until)s::timestamptz + interval '2 days', %(after_start)s::timestamptz), '[]')
    JOIN calendar_event e ON e.org_id = o.org_id AND e.calendar_id = o.calendar_id AND e.remote_id = o.remote_id
    WHERE %(with_external)s AND c.org_id = %(org_id)s AND c.calendar_id = ANY(%(calendar_ids)s)
      AND e.booking_id IS NULL AND e.client_id IS DISTINCT FROM %(client_id)s
      -- What a link wrote for somebody who does not take part is told as the booking that it is.
      AND NOT EXISTS (SELECT FROM booking b
                      JOIN booking_write w ON w.org_id = b.org_id AND w.booking_id = b.booking_id
                      WHERE b.org_id = e.org_id AND b.uid = e.uid AND w.calendar_id = e.calendar_id)
      -- What a link wrote for somebody who does not take part is told as the booking that it is.
      AND NOT EXISTS (SELECT FROM booking b
                      JOIN booking_write w ON w.org_id = b.org_id AND w.booking_id = b.booking_id
                      WHERE b.org_id = e.org_id AND b.uid = e.uid AND w.calendar_id = e.calendar_id)
    UNION ALL
    SELECT e.calendar_id, 0, o.event_uid, o.event_uid, o.remote_id, o.component, o.during, o.start_date, o.end_date,
           o.kind, o.created_at, o.updated_at, false, '', '', false, e.event_id
    FROM calendar_event e
    JOIN event_occurrence o ON o.org_id = e.org_id AND o.calendar_id = e.calendar_id AND o.remote_id = e.remote_id
    WHERE %(with_managed)s AND e.org_id = %(org_id)s AND e.calendar_id = ANY(%(calendar_ids)s)
      AND e.client_id = %(client_id)s
    UNION ALL
    SELECT c.calendar_id, c.num, 'evt_external_' || substr(b.booking_id, 5), 'evt_external_' || substr(b.booking_id, 5),
           '', 0, tstzrange(b.starts_at, b.ends_at, '[]'), NULL, NULL,
           CASE b.state WHEN 'requested' THEN 'tentative' ELSE 'busy' END, b.created_at, b.changed_at,
           b.state = 'cancelled', b.booking_id, b.title, false,
           CASE WHEN l.client_id = %(client_id)s THEN nullif(b.event_id, '') END
    FROM (SELECT org_id, booking_id, account_id FROM booking_participant
          WHERE org_id = %(org_id)s AND account_id = %(account_id)s
          UNION
          -- A link's target calendar, whose owner need not take part.
          SELECT org_id, booking_id, account_id FROM booking_write
          WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND calendar_id IS NOT NULL) p
    JOIN booking b ON b.org_id = p.org_id AND b.booking_id = p.booking_id
    LEFT JOIN booking_write w ON w.org_id = p.org_id AND w.booking_id = p.booking_id AND w.account_id = p.account_id
    LEFT JOIN scheduling_link l ON l.org_id = b.org_id AND l.link_id = b.link_id
    JOIN calendar c ON c.org_id = p.org_id AND c.calendar_id = coalesce(w.calendar_id, %(builtin_id)s)
    WHERE c.calendar_id = ANY(%(calendar_ids)s)
      AND (b.state = 'confirmed' OR b.state = 'cancelled' AND %(with_deleted)s
           -- Time that a host has been asked for is in no calendar, and nobody else's.
           OR b.state = 'requested' AND %(with_requests)s)
      AND CASE WHEN l.client_id = %(client_id)s AND b.event_id <> '' THEN %(with_managed)s ELSE %(with_external)s END
    UNION ALL
    SELECT c.calendar_id, c.num, 'unknown ' || b.remote_id || upper(b.during), '', b.remote_id, 0, b.during, NULL, NULL,
           'unknown', timestamptz 'epoch', timestamptz 'epoch', false, '', '', false, NULL
    FROM calendar c
    JOIN busy_block b
      ON int8range(b.calendar_num, b.calendar_num, '[]') && int8range(c.num, c.num, '[]')
     AND b.during && tstzrange(%(since)s, %(until)s)
     AND lower(b.during) >= %(after_start)s
    WHERE %(with_unknown)s AND b.kind = 'unknown' AND c.org_id = %(org_id)s AND c.calendar_id = ANY(%(calendar_ids)s)
    UNION ALL
    SELECT d.calendar_id, 0, d.event_uid, d.event_uid, '', 0, d.during, d.start_date, d.end_date, d.kind, d.created_at,
           d.deleted_at, true, '', d.summary, d.is_recurring,
           CASE WHEN d.client_id = %(client_id)s THEN d.event_id END
    FROM deleted_event d
    WHERE %(with_deleted)s AND d.org_id = %(org_id)s AND d.calendar_id = ANY(%(calendar_ids)s)
      AND CASE WHEN d.client_id = %(client_id)s THEN %(with_managed)s ELSE %(with_external)s END
)
SELECT calendar_id, name, event_uid, event_id, remote_id, component, lower(during) AS starts_at,
       upper(during) AS ends_at, start_date, end_date, kind, created_at, updated_at, is_deleted, booking_id, summary,
       is_recurring, count(*) OVER () AS remaining
FROM shown
WHERE (event_id IS NOT NULL AND %(is_unbounded)s
       OR CASE WHEN start_date IS NULL THEN lower(during) < %(until)s AND upper(during) >= %(since)s
               ELSE start_date < %(until_date)s AND end_date >= %(since_date)s END)
  AND (%(modified_since)s::timestamptz IS NULL OR updated_at >= %(modified_since)s)
  AND (lower(during), calendar_id, name) > (%(after_start)s::timestamptz, %(after_calendar)s, %(after_name)s)
ORDER BY lower(during), calendar_id, name
LIMIT %(limit)s;

-- name: list_details
-- What is said about these components; each resource is unpacked once.
SELECT e.calendar_id, e.remote_id, e.uid, (d.position - 1)::int AS component, d.value AS details, e.content
FROM (SELECT DISTINCT w.calendar_id, w.remote_id
      FROM unnest(%(calendar_ids)s::text[], %(remote_ids)s::text[]) AS w (calendar_id, remote_id)) w
JOIN calendar_event e ON e.org_id = %(org_id)s AND e.calendar_id = w.calendar_id AND e.remote_id = w.remote_id
CROSS JOIN LATERAL jsonb_array_elements(e.details) WITH ORDINALITY AS d (value, position)
JOIN (SELECT DISTINCT * FROM unnest(%(calendar_ids)s::text[], %(remote_ids)s::text[], %(components)s::int[])
          AS o (calendar_id, remote_id, component)) o
  ON o.calendar_id = e.calendar_id AND o.remote_id = e.remote_id AND o.component = d.position - 1;

-- name: list_booking_details
SELECT b.booking_id, b.title, b.note, b.tzid, b.conferencing, b.uid, b.event_details,
       jsonb_agg(jsonb_build_object('email', a.email, 'display_name', a.name, 'status', p.rsvp, 'role', p.role)
                 ORDER BY p.role, p.lane) AS people
FROM booking b
JOIN booking_participant p ON p.org_id = b.org_id AND p.booking_id = b.booking_id
JOIN account a ON a.org_id = p.org_id AND a.account_id = p.account_id
WHERE b.org_id = %(org_id)s AND b.booking_id = ANY(%(booking_ids)s)
GROUP BY b.org_id, b.booking_id;

-- name: list_readable
-- An account's calendars with the kind of their connection.
SELECT c.calendar_id, c.tzid, c.is_writable, n.kind
FROM calendar c
JOIN calendar_connection n ON n.org_id = c.org_id AND n.connection_id = c.connection_id
WHERE c.org_id = %(org_id)s AND c.account_id = %(account_id)s
ORDER BY c.num;
