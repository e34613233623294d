-- name: insert_subscription
INSERT INTO webhook_subscription (org_id, webhook_id, account_id, url, events, secret, is_internal, created_at)
VALUES (%(org_id)s, %(webhook_id)s, %(account_id)s, %(url)s, %(events)s, %(secret)s, %(is_internal)s, %(now)s);

-- name: list_subscriptions
SELECT org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters
FROM webhook_subscription
WHERE org_id = %(org_id)s AND kind = 'webhook' AND NOT is_internal
  AND (%(account_id)s::text IS NULL OR account_id = %(account_id)s)
ORDER BY created_at;

-- name: count_subscriptions
-- Of one member, or the organisation's own.
SELECT count(*)::int AS found FROM webhook_subscription
WHERE org_id = %(org_id)s AND kind = 'webhook' AND NOT is_internal AND account_id IS NOT DISTINCT FROM %(account_id)s::text;

-- name: is_suspended
-- Whether the member who made the subscription may see nothing any more.
SELECT EXISTS (
    SELECT FROM webhook_subscription s
    JOIN account a ON a.org_id = s.org_id AND a.account_id = s.account_id
    WHERE s.org_id = %(org_id)s AND s.webhook_id = %(webhook_id)s AND a.suspended_at IS NOT NULL
) AS found;

-- name: find_subscription
SELECT org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters
FROM webhook_subscription
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s;

-- name: find_internal
SELECT org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters
FROM webhook_subscription
WHERE org_id = %(org_id)s AND is_internal;

-- name: delete_subscription
DELETE FROM webhook_subscription
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s AND NOT is_internal;

-- name: set_state
UPDATE webhook_subscription
SET state = %(state)s, state_reason = %(reason)s, failures = 0, first_failure_at = NULL
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s;

-- name: insert_callback
-- One row per application and address, made with the first delivery.
INSERT INTO webhook_subscription (org_id, webhook_id, url, events, kind, client_id, used_at, created_at)
VALUES (%(org_id)s, %(webhook_id)s, %(url)s, '{}', 'callback', %(client_id)s, %(now)s, %(now)s)
ON CONFLICT DO NOTHING;

-- name: touch_callback
-- Once a day is enough to tell prune_callbacks that the address is in use.
UPDATE webhook_subscription SET used_at = %(now)s
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s AND used_at < %(now)s - interval '1 day';

-- name: find_callback
SELECT org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters
FROM webhook_subscription
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND kind = 'callback' AND md5(url) = md5(%(url)s)
  AND url = %(url)s;

-- name: insert_delivery
INSERT INTO webhook_delivery (org_id, delivery_id, webhook_id, event_id, type, body, state, next_try_at, created_at)
VALUES (%(org_id)s, %(delivery_id)s, %(webhook_id)s, %(event_id)s, %(type)s, %(body)s, 'pending', %(next_try_at)s,
        %(now)s);

-- name: list_client_deliveries
SELECT d.org_id, d.delivery_id, d.webhook_id, d.event_id, d.type, d.body, d.state, d.attempts, d.next_try_at, d.last_status,
       d.last_error, d.last_ms, d.last_response, d.created_at, d.delivered_at,
       s.kind, s.account_id, s.url, s.state AS receiver_state, s.state_reason AS receiver_state_reason
FROM webhook_delivery d JOIN webhook_subscription s USING (org_id, webhook_id)
WHERE s.org_id = %(org_id)s AND s.client_id = %(client_id)s
  AND (%(before)s::timestamptz IS NULL OR d.created_at < %(before)s)
ORDER BY d.created_at DESC, d.delivery_id
LIMIT %(limit)s;

-- name: find_client_receiver
SELECT s.webhook_id FROM webhook_delivery d JOIN webhook_subscription s USING (org_id, webhook_id)
WHERE d.org_id = %(org_id)s AND d.delivery_id = %(delivery_id)s AND s.client_id = %(client_id)s;

-- name: prune_callbacks
-- Addresses that were not sent to for long and whose log is empty.
DELETE FROM webhook_subscription s
WHERE s.kind = 'callback' AND s.used_at < %(before)s
  AND NOT EXISTS (SELECT FROM webhook_delivery d WHERE d.org_id = s.org_id AND d.webhook_id = s.webhook_id);

-- name: count_failure
UPDATE webhook_subscription
SET failures = failures + 1, first_failure_at = coalesce(first_failure_at, %(now)s)
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s
RETURNING org_id, webhook_id, account_id, url, events, secret, is_internal, state, state_reason, failures, first_failure_at,
       created_at, kind, client_id, filters;

-- name: count_success
UPDATE webhook_subscription SET failures = 0, first_failure_at = NULL
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s AND failures > 0;

-- name: insert_deliveries
-- One delivery for each subscription that may see the event: the organisation's, and those of the people concerned,
-- unless they were suspended.
INSERT INTO webhook_delivery (org_id, delivery_id, webhook_id, event_id, type, body, state, next_try_at, created_at)
SELECT s.org_id, %(event_id)s || '.' || s.webhook_id, s.webhook_id, %(event_id)s, %(type)s, %(body)s, 'pending',
       %(now)s, %(now)s
FROM webhook_subscription s
WHERE s.org_id = %(org_id)s AND s.kind = 'webhook' AND s.state <> 'disabled' AND %(type)s = ANY(s.events)
  AND (s.account_id IS NULL OR s.account_id = ANY(%(concerned)s))
  AND NOT EXISTS (
      SELECT FROM account a
      WHERE a.org_id = s.org_id AND a.account_id = s.account_id AND a.suspended_at IS NOT NULL
  )
ON CONFLICT DO NOTHING
RETURNING delivery_id;

-- name: lease_delivery
-- Whoever gets the row may send it until the lease ends; a worker that dies leaves it to the next.
UPDATE webhook_delivery
SET attempts = attempts + 1, next_try_at = %(lease_until)s
WHERE org_id = %(org_id)s AND delivery_id = %(delivery_id)s AND state = 'pending' AND next_try_at <= %(now)s
RETURNING org_id, delivery_id, webhook_id, event_id, type, body, state, attempts, next_try_at, last_status, last_error, last_ms,
          last_response, created_at, delivered_at;

-- name: finish_delivery
UPDATE webhook_delivery
SET state = %(state)s, next_try_at = %(next_try_at)s, last_status = %(status)s, last_error = %(error)s,
    last_ms = %(ms)s, last_response = %(response)s, delivered_at = %(delivered_at)s, attempts = attempts - %(refund)s
WHERE org_id = %(org_id)s AND delivery_id = %(delivery_id)s;

-- name: retry_delivery
UPDATE webhook_delivery SET state = 'pending', next_try_at = %(now)s
WHERE org_id = %(org_id)s AND delivery_id = %(delivery_id)s AND webhook_id = %(webhook_id)s
RETURNING org_id, delivery_id, webhook_id, event_id, type, body, state, attempts, next_try_at, last_status, last_error, last_ms,
          last_response, created_at, delivered_at;

-- name: list_deliveries
SELECT org_id, delivery_id, webhook_id, event_id, type, body, state, attempts, next_try_at, last_status, last_error, last_ms,
          last_response, created_at, delivered_at
FROM webhook_delivery
WHERE org_id = %(org_id)s AND webhook_id = %(webhook_id)s
  AND (%(before)s::timestamptz IS NULL OR created_at < %(before)s)
ORDER BY created_at DESC, delivery_id
LIMIT %(limit)s;

-- name: list_due
SELECT org_id, delivery_id FROM webhook_delivery
WHERE state = 'pending' AND next_try_at < %(before)s
ORDER BY next_try_at
LIMIT %(limit)s;

-- name: prune
DELETE FROM webhook_delivery WHERE state <> 'pending' AND created_at < %(before)s;
