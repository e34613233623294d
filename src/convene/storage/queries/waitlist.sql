-- name: insert_entry
INSERT INTO waitlist_entry (org_id, entry_id, link_id, starts_at, ends_at, name, email, tzid, locale, token, token_hash,
                            form_hash, state, checked_at, created_at)
VALUES (%(org_id)s, %(entry_id)s, %(link_id)s, %(starts_at)s, %(ends_at)s, %(name)s, %(email)s, %(tzid)s, %(locale)s,
        %(token)s, %(token_hash)s, %(form_hash)s, 'waiting', %(now)s, %(now)s);

-- name: find_by_token
SELECT org_id, entry_id, link_id, starts_at, ends_at, name, email, tzid, locale, token, state, offered_until, hold_id,
       created_at
FROM waitlist_entry WHERE token_hash = %(token_hash)s;

-- name: find_by_form
SELECT org_id, entry_id, link_id, starts_at, ends_at, name, email, tzid, locale, token, state, offered_until, hold_id,
       created_at
FROM waitlist_entry WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND form_hash = %(form_hash)s;

-- name: lock_entry
SELECT org_id, entry_id, link_id, starts_at, ends_at, name, email, tzid, locale, token, state, offered_until, hold_id,
       created_at
FROM waitlist_entry WHERE org_id = %(org_id)s AND entry_id = %(entry_id)s
FOR UPDATE;

-- name: lock_waiting
-- Everybody who waits for a time or has been offered it, first come first.
SELECT org_id, entry_id, link_id, starts_at, ends_at, name, email, tzid, locale, token, state, offered_until, hold_id,
       created_at
FROM waitlist_entry
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND starts_at = %(starts_at)s AND state IN ('waiting', 'offered')
ORDER BY created_at, entry_id
FOR UPDATE;

-- name: count_before
-- How many are in the list for the same time before an entry.
SELECT count(*)::int AS number FROM waitlist_entry o, waitlist_entry e
WHERE e.org_id = %(org_id)s AND e.entry_id = %(entry_id)s AND o.org_id = e.org_id AND o.link_id = e.link_id
  AND o.starts_at = e.starts_at AND o.state IN ('waiting', 'offered')
  AND (o.created_at, o.entry_id) < (e.created_at, e.entry_id);

-- name: count_waiting
SELECT link_id, count(*)::int AS number FROM waitlist_entry
WHERE org_id = %(org_id)s AND link_id = ANY(%(link_ids)s) AND state IN ('waiting', 'offered')
  AND starts_at > %(now)s
GROUP BY link_id;

-- name: set_state
UPDATE waitlist_entry
SET state = %(state)s, offered_until = %(offered_until)s, hold_id = %(hold_id)s
WHERE org_id = %(org_id)s AND entry_id = %(entry_id)s;

-- name: mark_checked
UPDATE waitlist_entry SET checked_at = %(now)s
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND starts_at = %(starts_at)s AND state = 'waiting';

-- name: delete_hold
DELETE FROM hold WHERE org_id = %(org_id)s AND hold_id = %(hold_id)s RETURNING account_id;

-- name: list_booked
-- What was booked or asked for through a link and is to come.
SELECT booking_id, starts_at FROM booking
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND state IN ('requested', 'confirmed')
  AND starts_at >= %(since)s AND starts_at < %(until)s;

-- name: list_offered
SELECT hold_id, starts_at FROM waitlist_entry
WHERE org_id = %(org_id)s AND link_id = %(link_id)s AND state = 'offered'
  AND starts_at >= %(since)s AND starts_at < %(until)s;

-- name: list_due
-- Times of all organisations at which something is due: an offer has ended, or somebody waits for a time that no booking
-- of the page has, and it was not looked for a while whether it is free.
SELECT DISTINCT e.org_id, e.link_id, e.starts_at
FROM waitlist_entry e
WHERE e.starts_at > %(now)s
  AND (e.state = 'offered' AND e.offered_until <= %(now)s
       OR e.state = 'waiting' AND e.checked_at <= %(checked_before)s
          AND NOT EXISTS (SELECT FROM waitlist_entry o
                          WHERE o.org_id = e.org_id AND o.link_id = e.link_id AND o.starts_at = e.starts_at
                            AND o.state = 'offered')
          AND NOT EXISTS (SELECT FROM booking b
                          WHERE b.org_id = e.org_id AND b.link_id = e.link_id AND b.starts_at = e.starts_at
                            AND b.state IN ('requested', 'confirmed')))
ORDER BY e.starts_at
LIMIT 100;

-- name: end_past
UPDATE waitlist_entry SET state = 'over', offered_until = NULL, hold_id = ''
WHERE starts_at <= %(now)s AND state IN ('waiting', 'offered');

-- name: prune
DELETE FROM waitlist_entry WHERE starts_at < %(before)s;
