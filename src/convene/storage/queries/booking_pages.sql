-- name: insert_page
INSERT INTO booking_page (org_id, link_id, slug, definition)
VALUES (%(org_id)s, %(link_id)s, %(slug)s, %(definition)s)
ON CONFLICT (org_id, slug) DO NOTHING
RETURNING link_id;

-- name: is_slug_free
-- Of other pages; the page itself may keep its own.
SELECT NOT EXISTS (
    SELECT 1 FROM booking_page WHERE org_id = %(org_id)s AND slug = %(slug)s AND link_id <> %(link_id)s
) AS is_free;

-- name: update_page
UPDATE booking_page SET slug = %(slug)s, definition = %(definition)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: update_token
UPDATE scheduling_link SET token = %(token)s, token_hash = %(token_hash)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: delete_page
DELETE FROM booking_page WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: find_page
SELECT p.org_id, p.link_id, p.slug, p.definition, l.account_id, a.name AS owner_name, l.status, l.created_at, l.changed_at
FROM booking_page p
JOIN scheduling_link l ON l.org_id = p.org_id AND l.link_id = p.link_id
JOIN account a ON a.org_id = l.org_id AND a.account_id = l.account_id
WHERE p.org_id = %(org_id)s AND p.link_id = %(link_id)s;

-- name: list_pages
-- Those that somebody owns or hosts, or all of the organisation.
SELECT p.org_id, p.link_id, p.slug, p.definition, l.account_id, a.name AS owner_name, l.status, l.created_at, l.changed_at
FROM booking_page p
JOIN scheduling_link l ON l.org_id = p.org_id AND l.link_id = p.link_id
JOIN account a ON a.org_id = l.org_id AND a.account_id = l.account_id
WHERE p.org_id = %(org_id)s
  AND (%(account_id)s::text IS NULL OR l.account_id = %(account_id)s OR EXISTS (
      SELECT 1 FROM booking_page_host h
      WHERE h.org_id = p.org_id AND h.link_id = p.link_id AND h.account_id = %(account_id)s))
ORDER BY l.created_at, p.link_id;

-- name: list_hosts
SELECT h.link_id, h.account_id, a.name, h.weight, h.joined_at, h.added_by, coalesce(b.name, '') AS added_by_name
FROM booking_page_host h
JOIN account a ON a.org_id = h.org_id AND a.account_id = h.account_id
LEFT JOIN account b ON b.org_id = h.org_id AND b.account_id = h.added_by
WHERE h.org_id = %(org_id)s AND h.link_id = ANY(%(link_ids)s)
ORDER BY h.link_id, h.position, h.account_id;

-- name: upsert_hosts
-- Whoever is a host already goes on having joined when they did, added by whoever did.
INSERT INTO booking_page_host (org_id, link_id, account_id, weight, position, joined_at, added_by)
SELECT %(org_id)s, %(link_id)s, t.account_id, t.weight, t.position, %(now)s, %(added_by)s
FROM unnest(%(account_ids)s::text[], %(weights)s::int[]) WITH ORDINALITY AS t (account_id, weight, position)
ON CONFLICT (org_id, link_id, account_id)
DO UPDATE SET weight = excluded.weight, position = excluded.position;

-- name: delete_other_hosts
DELETE FROM booking_page_host
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND NOT (account_id = ANY(%(account_ids)s));

-- name: list_starts
-- When a page's meetings begin that are to take place, in a period.
SELECT booking_id, starts_at FROM booking
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND state IN ('requested', 'confirmed')
  AND starts_at >= %(since)s AND starts_at < %(until)s;

-- name: count_taken
-- How many meetings of a page each host has been given since, without those that were called off.
SELECT p.account_id, count(*)::int AS taken
FROM booking b
JOIN booking_participant p ON p.org_id = b.org_id AND p.booking_id = b.booking_id
WHERE b.org_id = %(org_id)s AND b.link_id = %(link_id)s AND b.state IN ('requested', 'confirmed')
  AND b.created_at >= %(since)s
GROUP BY p.account_id;

-- name: count_view
INSERT INTO booking_page_day (org_id, link_id, day, views, without_times)
SELECT org_id, link_id, %(day)s, 1, %(without_times)s FROM booking_page
WHERE org_id = %(org_id)s AND link_id = %(link_id)s
ON CONFLICT (org_id, link_id, day)
DO UPDATE SET views = booking_page_day.views + 1,
              without_times = booking_page_day.without_times + excluded.without_times;

-- name: list_days
SELECT day, views, without_times FROM booking_page_day
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND day >= %(since)s
ORDER BY day;

-- name: list_booked
-- The UTC dates on which visitors booked, and how many of them come no more: each form once, whatever it booked.
SELECT day, count(*)::int AS bookings, count(*) FILTER (WHERE is_off)::int AS cancelled
FROM (
    SELECT min((g.created_at AT TIME ZONE 'UTC')::date) AS day,
           bool_and(g.left_at IS NOT NULL OR b.state IN ('cancelled', 'declined')) AS is_off
    FROM booking b
    JOIN booking_guest g ON g.org_id = b.org_id AND g.booking_id = b.booking_id
    WHERE b.org_id = %(org_id)s AND b.link_id = %(link_id)s AND g.created_at >= %(since)s::date
    GROUP BY g.visit_hash
) visit
GROUP BY day
ORDER BY day;
