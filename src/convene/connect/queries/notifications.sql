-- What a person has been told.

-- name: insert_notification
INSERT INTO connect.notification (org_id, account_id, notification_id, type, text, booking_id, conversation_id,
    data, created_at)
VALUES (%(org_id)s, %(account_id)s, %(notification_id)s, %(type)s, %(text)s, %(booking_id)s, %(conversation_id)s,
    %(data)s, %(at)s)
RETURNING notification_id, type, text, booking_id, conversation_id, data, created_at, read_at

-- name: list_notifications
SELECT notification_id, type, text, booking_id, conversation_id, data, created_at, read_at
FROM connect.notification
WHERE org_id = %(org_id)s AND account_id = %(account_id)s
ORDER BY created_at DESC, notification_id DESC LIMIT 50

-- name: mark_notifications_read
UPDATE connect.notification SET read_at = %(at)s
WHERE org_id = %(org_id)s AND account_id = %(account_id)s AND notification_id = ANY (%(notification_ids)s)
    AND read_at IS NULL
RETURNING notification_id
