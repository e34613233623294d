-- name: insert_mail
-- Once per meeting, recipient, SEQUENCE and method.
INSERT INTO mail (org_id, mail_id, booking_id, recipient_id, email, kind, method, sequence, about, content, state,
                  next_try_at, created_at)
VALUES (%(org_id)s, %(mail_id)s, %(booking_id)s, %(recipient_id)s, %(email)s, %(kind)s, %(method)s, %(sequence)s,
        %(about)s, %(content)s, 'pending', %(now)s, %(now)s)
ON CONFLICT (org_id, booking_id, recipient_id, sequence, method, about) DO NOTHING;

-- name: supersede
-- What waits to be told somebody about a meeting is out of date. What was handed to the mail server already is left.
UPDATE mail SET state = 'superseded', next_try_at = NULL, content = '{}', error_detail = ''
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND recipient_id = %(recipient_id)s AND state = 'pending'
  AND about = '';

-- name: count_to
-- How much one address was sent lately.
SELECT count(*) AS n FROM mail
WHERE org_id = %(org_id)s AND email = %(email)s AND created_at > %(since)s;

-- name: claim
-- Nobody else sends it until next_try_at. One that was claimed and never settled may have been sent.
UPDATE mail
SET state = 'sending', attempts = attempts + 1, unknowns = unknowns + (state = 'sending')::int,
    next_try_at = %(until)s
WHERE org_id = %(org_id)s AND mail_id = %(mail_id)s AND next_try_at <= %(now)s
RETURNING org_id, mail_id, booking_id, recipient_id, email, kind, method, sequence, about, content, state, attempts,
          unknowns, created_at;

-- name: settle
-- Only by whoever claimed it.
UPDATE mail
SET state = %(state)s, error_detail = %(error_detail)s, next_try_at = %(next_try_at)s, unknowns = %(unknowns)s,
    sent_at = %(sent_at)s, content = CASE WHEN %(next_try_at)s::timestamptz IS NULL THEN '{}' ELSE content END
WHERE org_id = %(org_id)s AND mail_id = %(mail_id)s AND state = 'sending' AND attempts = %(attempts)s;

-- name: list_due
SELECT org_id, mail_id FROM mail
WHERE next_try_at <= %(now)s
ORDER BY next_try_at
LIMIT 200;

-- name: list_of_booking
-- The newest mail to each recipient.
SELECT DISTINCT ON (recipient_id) recipient_id, email, kind, state, error_detail, created_at, sent_at, next_try_at
FROM mail
WHERE org_id = %(org_id)s AND booking_id = %(booking_id)s AND state <> 'superseded'
ORDER BY recipient_id, created_at DESC, mail_id DESC;

-- name: figures
SELECT count(*) FILTER (WHERE next_try_at IS NOT NULL) AS waiting,
       count(*) FILTER (WHERE state = 'failed' AND created_at > %(since)s) AS failed
FROM mail;

-- name: prune
DELETE FROM mail WHERE created_at < %(before)s AND next_try_at IS NULL;

-- name: claim_mailbox
-- Whoever gets a row reads the mailbox; the next may after the claim has ended.
INSERT INTO mailbox (name, next_poll_at) VALUES (%(name)s, %(until)s)
ON CONFLICT (name) DO UPDATE SET next_poll_at = excluded.next_poll_at WHERE mailbox.next_poll_at <= %(now)s
RETURNING uid_validity, last_uid;

-- name: move_mailbox
UPDATE mailbox
SET uid_validity = %(uid_validity)s, last_uid = %(last_uid)s, read_at = %(now)s, error_detail = ''
WHERE name = %(name)s;

-- name: mailbox_failed
UPDATE mailbox SET error_detail = %(error_detail)s WHERE name = %(name)s;

-- name: mailbox_again
-- There is more to be read.
UPDATE mailbox SET next_poll_at = %(now)s WHERE name = %(name)s;

-- name: list_mailboxes
SELECT name, read_at, error_detail FROM mailbox ORDER BY name;
