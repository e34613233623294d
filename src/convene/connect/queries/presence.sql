-- Who has a window open, per process, and who is in a meeting.

-- name: upsert_presence
INSERT INTO connect.presence (org_id, account_id, node, seen_at, is_active)
SELECT new.org_id, new.account_id, %(node)s, %(now)s, new.is_active
FROM unnest(%(org_ids)s::text[], %(account_ids)s::text[], %(active)s::boolean[])
    AS new (org_id, account_id, is_active)
ORDER BY new.org_id, new.account_id
ON CONFLICT (org_id, account_id, node) DO UPDATE SET seen_at = excluded.seen_at, is_active = excluded.is_active

-- name: delete_presence
DELETE FROM connect.presence USING unnest(%(org_ids)s::text[], %(account_ids)s::text[]) AS gone (org_id, account_id)
WHERE presence.org_id = gone.org_id AND presence.account_id = gone.account_id AND presence.node = %(node)s

-- name: delete_node
DELETE FROM connect.presence WHERE node = %(node)s OR seen_at < %(before)s

-- name: list_presence
SELECT account_id, bool_or(is_active) AS is_active FROM connect.presence
WHERE org_id = %(org_id)s AND seen_at > %(since)s
GROUP BY account_id

-- name: list_in_meeting
-- People whose time is shared with colleagues and who are in a booked meeting now.
SELECT p.account_id, max(b.ends_at) AS ends_at
FROM connect.booking_person p
JOIN connect.booking b USING (org_id, booking_id)
JOIN account a USING (org_id, account_id)
WHERE p.org_id = %(org_id)s AND p.ends_at > %(now)s AND b.starts_at <= %(now)s AND b.state = 'confirmed'
    AND a.sharing <> 'nobody'
GROUP BY p.account_id
