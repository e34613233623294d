-- name: lock_invite
SELECT org_id, client_id, smart_invite_id, recipient_email, invite_uid, method, sequence, callback_url, organizer, event,
       created_at, updated_at
FROM smart_invite
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND smart_invite_id = %(smart_invite_id)s
  AND recipient_email = %(recipient_email)s
FOR NO KEY UPDATE;

-- name: find_invite
-- The invitation of one person alone comes before one to several that includes the person.
SELECT i.org_id, i.client_id, i.smart_invite_id, i.recipient_email, i.invite_uid, i.method, i.sequence, i.callback_url,
       i.organizer, i.event, i.created_at, i.updated_at
FROM smart_invite i
WHERE i.org_id = %(org_id)s AND i.client_id = %(client_id)s AND i.smart_invite_id = %(smart_invite_id)s
  AND (i.recipient_email = %(email)s
       OR i.recipient_email = '' AND (%(email)s = '' OR EXISTS (
           SELECT FROM smart_invite_person p
           WHERE p.org_id = i.org_id AND p.invite_uid = i.invite_uid AND p.email = %(email)s AND p.is_recipient)))
ORDER BY i.recipient_email DESC
LIMIT 1;

-- name: lock_by_uid
SELECT org_id, client_id, smart_invite_id, recipient_email, invite_uid, method, sequence, callback_url, organizer, event,
       created_at, updated_at
FROM smart_invite
WHERE org_id = %(org_id)s AND invite_uid = %(invite_uid)s
FOR NO KEY UPDATE;

-- name: insert_invite
INSERT INTO smart_invite (org_id, client_id, smart_invite_id, recipient_email, invite_uid, method, sequence, callback_url,
                          organizer, event, created_at, updated_at)
VALUES (%(org_id)s, %(client_id)s, %(smart_invite_id)s, %(recipient_email)s, %(invite_uid)s, 'request', 0,
        %(callback_url)s, %(organizer)s, %(event)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: update_invite
UPDATE smart_invite
SET method = %(method)s, sequence = %(sequence)s, callback_url = %(callback_url)s, organizer = %(organizer)s,
    event = %(event)s, updated_at = %(now)s
WHERE org_id = %(org_id)s AND invite_uid = %(invite_uid)s;

-- name: list_people
SELECT email, is_recipient, position, status, comment, proposal, reply_sequence, replied_at
FROM smart_invite_person
WHERE org_id = %(org_id)s AND invite_uid = %(invite_uid)s
ORDER BY NOT is_recipient, position, email;

-- name: invite_people
INSERT INTO smart_invite_person (org_id, invite_uid, email, is_recipient, position)
SELECT %(org_id)s, %(invite_uid)s, p.email, true, p.position
FROM unnest(%(emails)s::text[]) WITH ORDINALITY AS p (email, position)
ON CONFLICT (org_id, invite_uid, email) DO UPDATE SET is_recipient = true, position = excluded.position;

-- name: remove_people
DELETE FROM smart_invite_person
WHERE org_id = %(org_id)s AND invite_uid = %(invite_uid)s AND is_recipient AND email = ANY(%(emails)s);

-- name: ask_again
-- Answers were to another time; those that are still on their way count no longer (see services/smart_invites.py).
UPDATE smart_invite_person
SET status = 'pending', comment = '', proposal = NULL, reply_sequence = %(sequence)s, replied_at = NULL
WHERE org_id = %(org_id)s AND invite_uid = %(invite_uid)s;

-- name: store_reply
INSERT INTO smart_invite_person (org_id, invite_uid, email, is_recipient, status, comment, proposal, reply_sequence,
                                 replied_at)
VALUES (%(org_id)s, %(invite_uid)s, %(email)s, false, %(status)s, %(comment)s, %(proposal)s, %(sequence)s, %(replied_at)s)
ON CONFLICT (org_id, invite_uid, email) DO UPDATE
SET status = excluded.status, comment = excluded.comment, proposal = excluded.proposal,
    reply_sequence = excluded.reply_sequence, replied_at = excluded.replied_at;
