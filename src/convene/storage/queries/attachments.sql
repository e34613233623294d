-- name: lock_client
-- Those who add files to one application wait for each other, so that the sum holds.
SELECT client_id FROM oauth_client WHERE org_id = %(org_id)s AND client_id = %(client_id)s FOR NO KEY UPDATE;

-- name: total_size
SELECT coalesce(sum(size), 0)::bigint AS total FROM attachment
WHERE org_id = %(org_id)s AND client_id = %(client_id)s;

-- name: insert_attachment
INSERT INTO attachment (org_id, attachment_id, client_id, file_name, content_type, md5, size, content, token, token_hash,
                        created_at, unnamed_since)
VALUES (%(org_id)s, %(attachment_id)s, %(client_id)s, %(file_name)s, %(content_type)s, %(md5)s, %(size)s, %(content)s,
        %(token)s, %(token_hash)s, %(now)s, %(now)s);

-- name: lock_named
-- What an event is about to name: nobody removes it meanwhile.
SELECT attachment_id, file_name, content_type, md5, token FROM attachment
WHERE org_id = %(org_id)s AND client_id = %(client_id)s AND attachment_id = ANY(%(attachment_ids)s)
ORDER BY attachment_id FOR NO KEY UPDATE;

-- name: clear_event
DELETE FROM event_attachment
WHERE org_id = %(org_id)s AND calendar_id = %(calendar_id)s AND remote_id = %(remote_id)s
  AND NOT attachment_id = ANY(%(attachment_ids)s);

-- name: insert_event
INSERT INTO event_attachment (org_id, calendar_id, remote_id, attachment_id)
SELECT %(org_id)s, %(calendar_id)s, %(remote_id)s, attachment_id FROM unnest(%(attachment_ids)s::text[]) AS attachment_id
ON CONFLICT DO NOTHING;

-- name: find_file
-- Of whatever organisation: whoever opens it has nothing but the address.
SELECT file_name, content_type, content FROM attachment WHERE token_hash = %(token_hash)s;

-- name: note_event
UPDATE attachment SET unnamed_since = NULL
WHERE org_id = %(org_id)s AND attachment_id = ANY(%(attachment_ids)s) AND unnamed_since IS NOT NULL;

-- name: note_named
-- Of all organisations, as the two below. What somebody works on right now is passed over until the next time.
UPDATE attachment SET unnamed_since = NULL WHERE (org_id, attachment_id) IN (
    SELECT org_id, attachment_id FROM attachment a
    WHERE unnamed_since IS NOT NULL AND EXISTS (SELECT FROM event_attachment e
                                                WHERE e.org_id = a.org_id AND e.attachment_id = a.attachment_id)
    FOR NO KEY UPDATE OF a SKIP LOCKED
);

-- name: note_unnamed
UPDATE attachment SET unnamed_since = %(now)s WHERE (org_id, attachment_id) IN (
    SELECT org_id, attachment_id FROM attachment a
    WHERE unnamed_since IS NULL AND NOT EXISTS (SELECT FROM event_attachment e
                                                WHERE e.org_id = a.org_id AND e.attachment_id = a.attachment_id)
    FOR NO KEY UPDATE OF a SKIP LOCKED
);

-- name: delete_unnamed
-- What an application that is gone has left, and nobody's event names, is nobody's.
DELETE FROM attachment WHERE (org_id, attachment_id) IN (
    SELECT org_id, attachment_id FROM attachment a
    WHERE (unnamed_since < %(before)s OR (client_id IS NULL AND unnamed_since IS NOT NULL))
      AND NOT EXISTS (SELECT FROM event_attachment e
                      WHERE e.org_id = a.org_id AND e.attachment_id = a.attachment_id)
    FOR UPDATE OF a SKIP LOCKED
);
