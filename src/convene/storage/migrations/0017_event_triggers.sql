-- What applications want to be told at, before or after the beginning or end of events that they manage.

CREATE TABLE event_trigger (
    org_id          text NOT NULL,
    calendar_id     text NOT NULL,
    client_id       text NOT NULL,
    event_id        text NOT NULL,
    position        int NOT NULL,
    url             text NOT NULL,
    -- As it was asked for, to be told with it.
    transition      jsonb NOT NULL,
    anchor          text NOT NULL CHECK (anchor IN ('start', 'end')),
    -- From the anchor on; negative before it.
    offset_seconds  int NOT NULL,
    due_at          timestamptz NOT NULL,
    told_at         timestamptz,
    PRIMARY KEY (org_id, calendar_id, client_id, event_id, position),
    FOREIGN KEY (org_id, calendar_id) REFERENCES calendar ON DELETE CASCADE,
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);
CREATE INDEX event_trigger_due ON event_trigger (due_at) WHERE told_at IS NULL;
CREATE INDEX event_trigger_client ON event_trigger (org_id, client_id);
