-- Events as an API tells them: occurrences inside the window that sync reads, what is said about them, what vanished, and
-- what applications manage.

-- details: what is said about each component, by position (formats/event_details.py).
-- client_id, event_id: the application that manages the event and its name for it; content: what it asked for.
ALTER TABLE calendar_event
    ADD COLUMN details jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN client_id text,
    ADD COLUMN event_id text,
    ADD COLUMN content jsonb,
    ADD CHECK ((client_id IS NULL) = (event_id IS NULL)),
    ADD CHECK ((client_id IS NULL) = (content IS NULL));
CREATE UNIQUE INDEX calendar_event_managed ON calendar_event (org_id, calendar_id, client_id, event_id)
    WHERE event_id IS NOT NULL;

-- during includes its end, so that events without duration have a place, and one that ends as a period begins meets it.
-- start_date, end_date (exclusive): whole days. digest: of all that is told of the occurrence; updated_at moves with it.
CREATE TABLE event_occurrence (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    event_uid       text NOT NULL,
    remote_id       text NOT NULL,
    component       int NOT NULL,
    during          tstzrange NOT NULL,
    start_date      date,
    end_date        date,
    kind            text NOT NULL CHECK (kind IN ('busy', 'tentative', 'free')),
    digest          bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    calendar_num    bigint NOT NULL,
    PRIMARY KEY (org_id, calendar_id, event_uid),
    FOREIGN KEY (org_id, calendar_id, remote_id) REFERENCES calendar_event ON DELETE CASCADE,
    CHECK (NOT isempty(during) AND lower_inc(during) AND upper_inc(during)),
    CHECK ((start_date IS NULL) = (end_date IS NULL))
);
CREATE INDEX event_occurrence_event ON event_occurrence (org_id, calendar_id, remote_id);
CREATE INDEX event_occurrence_changed ON event_occurrence (org_id, calendar_id, updated_at);
CREATE INDEX event_occurrence_when ON event_occurrence
    USING gist (int8range(calendar_num, calendar_num, '[]'), during);

-- Occurrences that vanished, so that readers who ask for changes hear of it. Kept for 90 days.
CREATE TABLE deleted_event (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    event_uid       text NOT NULL,
    client_id       text,
    event_id        text,
    summary         text NOT NULL DEFAULT '',
    during          tstzrange NOT NULL,
    start_date      date,
    end_date        date,
    kind            text NOT NULL,
    is_recurring    boolean NOT NULL DEFAULT false,
    created_at      timestamptz NOT NULL,
    deleted_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, calendar_id, event_uid),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX deleted_event_changed ON deleted_event (org_id, calendar_id, deleted_at);
CREATE INDEX deleted_event_age ON deleted_event (deleted_at);

-- The outbox of events towards remote calendars: what lies at a place there shall be as `content` says, or be gone.
-- client_id, event_id: of an event that an application manages; null for changes to somebody else's.
CREATE TABLE event_write (
    org_id              text NOT NULL,
    calendar_id         text NOT NULL,
    remote_id           text NOT NULL,
    account_id          text NOT NULL,
    uid                 text NOT NULL,
    client_id           text,
    event_id            text,
    is_removed          boolean NOT NULL DEFAULT false,
    content             jsonb NOT NULL DEFAULT '{}',
    etag                text NOT NULL DEFAULT '',
    desired_revision    int NOT NULL,
    written_revision    int NOT NULL DEFAULT 0,
    state               text NOT NULL CHECK (state IN ('pending', 'retrying', 'written', 'failed')),
    attempts            int NOT NULL DEFAULT 0,
    error_detail        text NOT NULL DEFAULT '',
    next_try_at         timestamptz,
    leased_until        timestamptz,
    changed_at          timestamptz NOT NULL,
    PRIMARY KEY (org_id, calendar_id, remote_id),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE
);
CREATE INDEX event_write_open ON event_write (next_try_at) WHERE state IN ('pending', 'retrying');
-- What a round of reading must leave alone: what waits to be written, and what was written while it read.
CREATE INDEX event_write_recent ON event_write (org_id, calendar_id, changed_at);

-- Everything is read anew, so that what is held has its occurrences.
UPDATE calendar_event SET etag = '';
UPDATE calendar SET cursor = '{}', full_read_at = NULL, expanded_until = NULL;
