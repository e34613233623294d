-- name: figures
SELECT
    (SELECT count(*) FROM webhook_delivery WHERE state = 'pending') AS webhooks_pending,
    (SELECT coalesce(extract(epoch FROM %(now)s - min(created_at)), 0) FROM webhook_delivery
      WHERE state = 'pending') AS webhooks_oldest_seconds,
    (SELECT count(*) FROM webhook_subscription WHERE kind = 'channel' AND state <> 'disabled') AS channels_open,
    (SELECT count(*) FROM webhook_subscription WHERE kind = 'channel' AND state = 'disabled') AS channels_closed,
    (SELECT count(*) FROM booking_write WHERE state IN ('pending', 'retrying')) AS calendar_writes_open,
    (SELECT count(*) FROM booking_write WHERE state = 'failed') AS calendar_writes_failed,
    (SELECT count(*) FROM calendar_connection WHERE state = 'needs_attention') AS connections_needing_attention,
    (SELECT count(*) FROM calendar_connection WHERE state IN ('delayed', 'rate_limited')) AS connections_delayed,
    (SELECT count(*) FROM calendar_connection WHERE kind <> 'builtin') AS connections,
    (SELECT count(*) FROM booking WHERE state = 'confirmed' AND ends_at > %(now)s) AS bookings_ahead,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND coalesce(scheduled_at, %(now)s) <= %(now)s)
      AS jobs_waiting,
    (SELECT count(*) FROM procrastinate_jobs AS job WHERE status = 'doing' AND NOT EXISTS (
        SELECT FROM procrastinate_workers AS worker
        WHERE worker.id = job.worker_id AND worker.last_heartbeat > now() - interval '60 seconds')) AS jobs_stalled,
    (SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed') AS jobs_failed;
