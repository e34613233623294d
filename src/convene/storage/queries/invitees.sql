-- name: list_wanted
-- Whom mail reaches alone: guests who have not left, and members without a connected calendar to which meetings are
-- written, or who are attendees of an event in somebody else's: for those we send the invitations (SCHEDULE-AGENT=CLIENT),
-- and no calendar service does.
SELECT 'guest' AS kind, g.guest_id AS invitee_id, g.name, g.email, g.tzid, g.locale, g.rsvp, g.answers
FROM booking_guest g
WHERE g.org_id = %(org_id)s AND g.booking_id = %(booking_id)s AND g.left_at IS NULL
UNION ALL
SELECT 'member', a.account_id, a.name, a.email, a.tzid, '', p.rsvp, '[]'
FROM booking_participant p
JOIN account a ON a.org_id = p.org_id AND a.account_id = p.account_id
JOIN booking b ON b.org_id = p.org_id AND b.booking_id = p.booking_id
WHERE p.org_id = %(org_id)s AND p.booking_id = %(booking_id)s AND p.role <> 'resource'
  AND a.kind = 'person' AND a.suspended_at IS NULL
  AND NOT EXISTS (
      SELECT FROM booking_write w
      WHERE w.org_id = p.org_id AND w.booking_id = p.booking_id AND w.account_id = p.account_id
        AND w.state <> 'builtin')
  AND (b.event_details->'attendees' @> jsonb_build_array(jsonb_build_object('email', a.email))
       -- Whoever was invited before they connected a calendar goes on being told by mail: this meeting is not written there.
       OR EXISTS (
          SELECT FROM booking_invitee i
          WHERE i.org_id = p.org_id AND i.booking_id = p.booking_id AND i.invitee_id = p.account_id
            AND i.phase = 'invited')
       OR NOT EXISTS (
          SELECT FROM calendar c
          JOIN calendar_connection k ON k.org_id = c.org_id AND k.connection_id = c.connection_id
          WHERE c.org_id = a.org_id AND c.account_id = a.account_id AND k.kind <> 'builtin' AND c.is_writable))
ORDER BY 1, 2;

-- name: list_invitees
SELECT org_id, booking_id, invitee_id, kind, email, name, tzid, locale, phase, token, told, starts_at, ends_at, sequence,
       asked_sequence, thread_id, reply_sequence, replied_at, comment
FROM booking_invitee
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s
ORDER BY kind, invitee_id;

-- name: find_by_token
SELECT org_id, booking_id, invitee_id, kind, email, name, tzid, locale, phase, token, told, starts_at, ends_at, sequence,
       asked_sequence, thread_id, reply_sequence, replied_at, comment
FROM booking_invitee
WHERE token_hash = ANY(%(token_hashes)s);

-- name: list_by_uid
-- Of whatever organisation: a UID is as unguessable as a token.
SELECT i.org_id, i.booking_id, i.invitee_id, i.kind, i.email, i.name, i.tzid, i.locale, i.phase, i.token, i.told, i.starts_at, i.ends_at,
       i.sequence, i.asked_sequence, i.thread_id, i.reply_sequence, i.replied_at, i.comment
FROM booking b
JOIN booking_invitee i ON i.org_id = b.org_id AND i.booking_id = b.booking_id
WHERE b.uid = %(uid)s
ORDER BY i.kind, i.invitee_id;

-- name: insert_invitee
INSERT INTO booking_invitee (org_id, booking_id, invitee_id, kind, email, name, tzid, locale, phase, token, token_hash, told, starts_at,
                             ends_at, sequence, asked_sequence, thread_id)
VALUES (%(org_id)s, %(booking_id)s, %(invitee_id)s, %(kind)s, %(email)s, %(name)s, %(tzid)s, %(locale)s, %(phase)s, %(token)s, %(token_hash)s,
        %(told)s, %(starts_at)s, %(ends_at)s, %(sequence)s, %(sequence)s, %(thread_id)s);

-- name: update_invitee
UPDATE booking_invitee
SET email = %(email)s, name = %(name)s, tzid = %(tzid)s, locale = %(locale)s, phase = %(phase)s, told = %(told)s, starts_at = %(starts_at)s,
    ends_at = %(ends_at)s, sequence = %(sequence)s, asked_sequence = %(asked_sequence)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND invitee_id = %(invitee_id)s;

-- name: store_answer
UPDATE booking_invitee
SET reply_sequence = %(reply_sequence)s, replied_at = %(replied_at)s, comment = %(comment)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND invitee_id = %(invitee_id)s;

-- name: set_guest_rsvp
UPDATE booking_guest SET rsvp = %(rsvp)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND guest_id = %(invitee_id)s AND rsvp <> %(rsvp)s;

-- name: supersede_proposals
-- A newer proposal of the same invitee, or another time of the meeting, leaves nothing to be decided.
UPDATE booking_proposal SET state = 'superseded', settled_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state = 'open'
  AND (%(invitee_id)s::text IS NULL OR invitee_id = %(invitee_id)s);

-- name: accept_proposals
-- The meeting takes place when these invitees have proposed.
UPDATE booking_proposal SET state = 'accepted', settled_at = %(now)s
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state = 'open'
  AND starts_at = %(starts_at)s AND ends_at = %(ends_at)s
RETURNING invitee_id;

-- name: insert_proposal
INSERT INTO booking_proposal (org_id, proposal_id, booking_id, invitee_id, starts_at, ends_at, comment, state,
                              proposed_at)
VALUES (%(org_id)s, %(proposal_id)s, %(booking_id)s, %(invitee_id)s, %(starts_at)s, %(ends_at)s, %(comment)s, 'open',
        %(now)s);

-- name: list_proposals
SELECT org_id, proposal_id, booking_id, invitee_id, starts_at, ends_at, comment, state, proposed_at, settled_at
FROM booking_proposal
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s
ORDER BY proposed_at DESC, proposal_id DESC
LIMIT 50;

-- name: decline_proposal
UPDATE booking_proposal SET state = 'declined', settled_at = %(now)s
WHERE org_id = %(org_id)s AND proposal_id = %(proposal_id)s AND state = 'open';

-- name: note_unproven
-- One row per sender and attendee; at most 50 of a meeting.
INSERT INTO booking_unproven_answer (org_id, booking_id, sender, attendee, status, why, received_at)
SELECT %(org_id)s, %(booking_id)s, %(sender)s, %(attendee)s, %(status)s, %(why)s, %(now)s
WHERE (SELECT count(*) FROM booking_unproven_answer
       WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s) < 50
ON CONFLICT (org_id, booking_id, sender, attendee) DO UPDATE
SET status = excluded.status, why = excluded.why, received_at = excluded.received_at;

-- name: list_unproven
SELECT sender, attendee, status, why, received_at FROM booking_unproven_answer
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s
ORDER BY received_at DESC, sender;
