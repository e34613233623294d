-- name: upsert_logo
INSERT INTO booking_page_logo (org_id, link_id, name, content)
VALUES (%(org_id)s, %(link_id)s, %(name)s, %(content)s)
ON CONFLICT (org_id, link_id) DO UPDATE SET name = excluded.name, content = excluded.content;

-- name: delete_logo
DELETE FROM booking_page_logo WHERE org_id = %(org_id)s AND link_id = %(link_id)s;

-- name: find_content
-- Of whatever organisation: visitors have nothing but the address.
SELECT content FROM booking_page_logo WHERE name = %(name)s;
