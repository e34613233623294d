-- One-use admissions to the socket.

-- name: insert_ticket
INSERT INTO connect.socket_ticket (ticket_hash, org_id, account_id, session_id, expires_at)
VALUES (%(ticket_hash)s, %(org_id)s, %(account_id)s, %(session_id)s, %(expires_at)s)

-- name: take_ticket
DELETE FROM connect.socket_ticket WHERE ticket_hash = %(ticket_hash)s
RETURNING org_id, account_id, session_id, expires_at

-- name: delete_old_tickets
DELETE FROM connect.socket_ticket WHERE expires_at < %(now)s
