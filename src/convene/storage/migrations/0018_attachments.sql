-- Files that applications attach to events.

CREATE TABLE attachment (
    org_id          text NOT NULL REFERENCES organization ON DELETE CASCADE,
    attachment_id   text NOT NULL,
    -- Null once the application is gone: what people's events name stays.
    client_id       text,
    file_name       text NOT NULL,
    content_type    text NOT NULL,
    -- What the API names; nothing here relies on it.
    md5             text NOT NULL,
    size            int NOT NULL CHECK (size BETWEEN 1 AND 750000),
    content         bytea NOT NULL,
    -- The secret of its address: sealed to be written into events, hashed to be found by.
    token           bytea NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    -- Since when no event names it, as far as was looked; null while one does.
    unnamed_since   timestamptz,
    PRIMARY KEY (org_id, attachment_id),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE SET NULL (client_id),
    CHECK (size = octet_length(content))
);
-- Most files are compressed already.
ALTER TABLE attachment ALTER COLUMN content SET STORAGE EXTERNAL;
CREATE INDEX attachment_of_client ON attachment (org_id, client_id) WHERE client_id IS NOT NULL;

-- Which events name which files.
CREATE TABLE event_attachment (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    remote_id       text NOT NULL,
    attachment_id   text NOT NULL,
    PRIMARY KEY (org_id, calendar_id, remote_id, attachment_id),
    FOREIGN KEY (org_id, calendar_id, remote_id) REFERENCES calendar_event ON DELETE CASCADE,
    FOREIGN KEY (org_id, attachment_id) REFERENCES attachment
);
CREATE INDEX event_attachment_file ON event_attachment (org_id, attachment_id);
