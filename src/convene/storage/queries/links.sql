-- name: insert_link
INSERT INTO scheduling_link (org_id, link_id, kind, client_id, account_id, token, token_hash, request, settings, status,
                             max_uses, opens_at, expires_at, created_at, changed_at)
VALUES (%(org_id)s, %(link_id)s, %(kind)s, %(client_id)s, %(account_id)s, %(token)s, %(token_hash)s, %(request)s,
        %(settings)s, 'open', %(max_uses)s, %(opens_at)s, %(expires_at)s, %(now)s, %(now)s);

-- name: find_link
-- A link without a maker is one whose application is gone: it takes no more bookings.
SELECT org_id, link_id, kind, client_id, account_id, token, request, settings,
       CASE WHEN client_id IS NULL AND account_id IS NULL AND status = 'open' THEN 'disabled' ELSE status END AS status,
       display_message, max_uses, uses, opens_at, expires_at, revision, created_at, changed_at
FROM scheduling_link
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: find_link_by_token
-- Of whatever organisation: the token says itself whose it is.
SELECT org_id, link_id, kind, client_id, account_id, token, request, settings,
       CASE WHEN client_id IS NULL AND account_id IS NULL AND status = 'open' THEN 'disabled' ELSE status END AS status,
       display_message, max_uses, uses, opens_at, expires_at, revision, created_at, changed_at
FROM scheduling_link
WHERE token_hash = %(token_hash)s;

-- name: lock_link
-- Before people, calendars and bookings: whoever uses or changes a link takes this lock first.
SELECT org_id, link_id, kind, client_id, account_id, token, request, settings,
       CASE WHEN client_id IS NULL AND account_id IS NULL AND status = 'open' THEN 'disabled' ELSE status END AS status,
       display_message, max_uses, uses, opens_at, expires_at, revision, created_at, changed_at
FROM scheduling_link
WHERE org_id = %(org_id)s AND link_id = %(link_id)s
FOR UPDATE;

-- name: count_use
UPDATE scheduling_link
SET uses = uses + 1, status = CASE WHEN uses + 1 >= max_uses THEN 'completed' ELSE status END,
    revision = revision + 1, changed_at = %(now)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: update_status
UPDATE scheduling_link
SET status = %(status)s, display_message = %(display_message)s, revision = revision + 1, changed_at = %(now)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: update_link
UPDATE scheduling_link
SET request = %(request)s, settings = %(settings)s, status = %(status)s, max_uses = %(max_uses)s,
    opens_at = %(opens_at)s, expires_at = %(expires_at)s, revision = revision + 1, changed_at = %(now)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: mark_booking
UPDATE booking
SET link_id = %(link_id)s, visit_hash = %(visit_hash)s, sequence_id = %(sequence_id)s, event_id = %(event_id)s,
    event_details = %(event_details)s, changed_by = %(guest_id)s, series_index = %(series_index)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;

-- name: list_visit
-- The bookings of one filled-in form, first meeting first.
SELECT booking_id FROM booking
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND visit_hash = %(visit_hash)s
ORDER BY starts_at, booking_id;

-- name: find_taken
-- Whoever sent one filled-in form, by what leads to everything that it has taken.
SELECT g.manage_hash FROM booking_guest g
JOIN booking b ON b.org_id = g.org_id AND b.booking_id = g.booking_id
WHERE g.org_id = %(org_id)s AND g.visit_hash = %(visit_hash)s AND b.link_id = %(link_id)s
LIMIT 1;

-- name: last_visit
-- The newest visit of a link, for the page of a link that was used, and for its status.
SELECT visit_hash FROM booking
WHERE org_id = %(org_id)s AND link_id = %(link_id)s
ORDER BY created_at DESC, booking_id DESC
LIMIT 1;

-- name: insert_guest
INSERT INTO booking_guest (org_id, booking_id, guest_id, name, email, tzid, locale, answers, manage_token, manage_hash,
                           visit_hash, created_at)
VALUES (%(org_id)s, %(booking_id)s, %(guest_id)s, %(name)s, %(email)s, %(tzid)s, %(locale)s, %(answers)s,
        %(manage_token)s, %(manage_hash)s, %(visit_hash)s, %(now)s);

-- name: list_guests
-- Those who have left too.
SELECT org_id, booking_id, guest_id, name, email, tzid, locale, manage_token, left_at, left_reason, previous,
       rsvp
FROM booking_guest
WHERE org_id = %(org_id)s AND booking_id = ANY(%(booking_ids)s)
ORDER BY booking_id, created_at, guest_id;

-- name: list_managed
-- What a guest's manage token leads to, first meeting first.
SELECT g.org_id, g.booking_id, g.guest_id, g.name, g.email, g.tzid, g.locale, g.manage_token, g.left_at,
       g.left_reason, g.previous, g.rsvp
FROM booking_guest g
JOIN booking b ON b.org_id = g.org_id AND b.booking_id = g.booking_id
WHERE g.manage_hash = %(manage_hash)s
ORDER BY b.starts_at, g.booking_id;

-- name: insert_writes
-- Where a link's booking is written, before anything follows from it. A participant without a calendar here is written
-- nowhere: a link writes into its target calendars and into no others.
INSERT INTO booking_write (org_id, booking_id, account_id, calendar_id, desired_revision, state, next_try_at, changed_at)
SELECT %(org_id)s, %(booking_id)s, t.account_id, c.calendar_id, 0,
       CASE WHEN k.kind IS NULL OR k.kind = 'builtin' THEN 'builtin' ELSE 'pending' END,
       CASE WHEN k.kind IS NULL OR k.kind = 'builtin' THEN NULL ELSE %(now)s::timestamptz END, %(now)s
FROM unnest(%(account_ids)s::text[], %(calendar_ids)s::text[]) AS t (account_id, calendar_id)
LEFT JOIN calendar c ON c.org_id = %(org_id)s AND c.calendar_id = t.calendar_id AND c.account_id = t.account_id
LEFT JOIN calendar_connection k ON k.org_id = c.org_id AND k.connection_id = c.connection_id;

-- name: list_targets
-- Which of these calendars are there, whose they are, and whether they can be written to.
SELECT c.calendar_id, c.account_id, c.is_writable, k.kind AS connection_kind
FROM calendar c
JOIN calendar_connection k ON k.org_id = c.org_id AND k.connection_id = c.connection_id
WHERE c.org_id = %(org_id)s AND c.calendar_id = ANY(%(calendar_ids)s);

-- name: list_hosts
SELECT account_id, name, email, tzid, kind FROM account
WHERE org_id = %(org_id)s AND account_id = ANY(%(account_ids)s)
ORDER BY lane;

-- name: list_event_bookings
-- The meetings that an application knows by this name in an account's calendar.
SELECT b.booking_id FROM booking b
JOIN scheduling_link l ON l.org_id = b.org_id AND l.link_id = b.link_id
WHERE b.org_id = %(org_id)s AND b.event_id = %(event_id)s AND b.state = 'confirmed' AND l.client_id = %(client_id)s
  AND EXISTS (SELECT FROM booking_write w
              WHERE w.org_id = b.org_id AND w.booking_id = b.booking_id AND w.account_id = %(account_id)s
                AND (%(calendar_id)s::text IS NULL OR w.calendar_id = %(calendar_id)s))
ORDER BY b.booking_id;

-- name: update_event
UPDATE booking
SET revision = revision + 1, title = %(title)s, event_details = %(event_details)s, changed_by = %(changed_by)s,
    changed_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s;
