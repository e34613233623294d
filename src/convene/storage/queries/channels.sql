-- name: lock_account
SELECT account_id FROM account WHERE org_id = %(org_id)s AND account_id = %(account_id)s FOR NO KEY UPDATE;

-- name: owned_calendars
SELECT calendar_id FROM calendar
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND calendar_id = ANY(%(calendar_ids)s);

-- name: insert_channel
INSERT INTO webhook_subscription (org_id, webhook_id, account_id, url, events, kind, client_id, filters, created_at)
VALUES (%(org_id)s, %(channel_id)s, %(account_id)s, %(url)s, '{}', 'channel', %(client_id)s, %(filters)s, %(now)s);

-- name: list_channels
SELECT org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters
FROM webhook_subscription
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND client_id = %(client_id)s AND kind = 'channel'
ORDER BY created_at, webhook_id;

-- name: delete_channel
DELETE FROM webhook_subscription
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND client_id = %(client_id)s AND kind = 'channel'
  AND webhook_id = %(channel_id)s;

-- name: list_listening
-- Open channels of these accounts whose application may still see the account.
SELECT s.org_id, s.webhook_id, s.account_id, s.url, s.events, s.secret, s.is_internal, s.state, s.state_reason, s.failures,
       s.first_failure_at, s.created_at, s.kind, s.client_id, s.filters
FROM webhook_subscription s
WHERE s.org_id = %(org_id)s AND s.kind = 'channel' AND s.account_id = ANY(%(account_ids)s) AND s.state <> 'disabled'
  AND (EXISTS (SELECT FROM oauth_token t
               WHERE t.org_id = s.org_id AND t.client_id = s.client_id AND t.account_id = s.account_id
                 AND t.kind = 'refresh' AND t.revoked_at IS NULL)
       OR EXISTS (SELECT FROM application_calendar c
                  WHERE c.org_id = s.org_id AND c.client_id = s.client_id AND c.account_id = s.account_id))
ORDER BY s.account_id, s.webhook_id;

-- name: lock_waiting
-- A push that nobody has begun to send. Whoever begins waits for this transaction; a row that another transaction has
-- locked is passed over, so that nobody waits here and two pushes are sent instead of one.
SELECT delivery_id, body FROM webhook_delivery
WHERE org_id = %(org_id)s AND webhook_id = %(channel_id)s AND type = 'change' AND state = 'pending' AND attempts = 0
ORDER BY created_at
LIMIT 1
FOR NO KEY UPDATE SKIP LOCKED;

-- name: replace_body
UPDATE webhook_delivery SET body = %(body)s WHERE org_id = %(org_id)s AND delivery_id = %(delivery_id)s;

-- name: has_pushed_since
SELECT EXISTS (
    SELECT FROM webhook_delivery
    WHERE org_id = %(org_id)s AND webhook_id = %(channel_id)s AND type = 'change'
      AND (created_at > %(since)s OR delivered_at > %(since)s)
) AS found;

-- name: delete_unauthorized
-- Channels of applications whose authorization was withdrawn; whoever authorizes them again makes new ones.
DELETE FROM webhook_subscription s
WHERE s.kind = 'channel'
  AND NOT EXISTS (SELECT FROM oauth_token t
                  WHERE t.org_id = s.org_id AND t.client_id = s.client_id AND t.account_id = s.account_id
                    AND t.kind = 'refresh' AND t.revoked_at IS NULL)
  AND NOT EXISTS (SELECT FROM application_calendar c
                  WHERE c.org_id = s.org_id AND c.client_id = s.client_id AND c.account_id = s.account_id);
