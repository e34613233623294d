-- Two-way rules: what a calendar said when we last agreed with it, what an account may do to meetings, and where both
-- sides have changed the same thing. See docs/explanation/two-way.md.

-- How an account at a calendar service is used; members that are absent have their defaults (core/calendar_policy.py).
ALTER TABLE calendar_connection ADD COLUMN policy jsonb NOT NULL DEFAULT '{}';

-- base: the event's fields as last written by us or taken into account, null before the first write. keeps_text: the owner
-- words title and description in this calendar, we no longer do.
ALTER TABLE booking_write ADD COLUMN base jsonb, ADD COLUMN keeps_text boolean NOT NULL DEFAULT false;

CREATE TABLE calendar_conflict (
    org_id              text NOT NULL,
    conflict_id         text NOT NULL,
    booking_id          text NOT NULL,
    -- In whose calendar, and which: kept by name, since it may be disconnected.
    account_id          text NOT NULL,
    connection_id       text NOT NULL,
    connection_label    text NOT NULL,
    calendar_name       text NOT NULL,
    kind                text NOT NULL CHECK (kind IN ('moved', 'deleted', 'edited')),
    -- Which of start, end, title, location, description differ.
    fields              text[] NOT NULL,
    ours                jsonb NOT NULL,
    -- null where the event was deleted.
    theirs              jsonb,
    -- Somebody wishes another time and the others decide.
    is_proposal         boolean NOT NULL DEFAULT false,
    seen_at             timestamptz NOT NULL,
    state               text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'resolved')),
    resolution          text CHECK (resolution IN ('ours', 'theirs')),
    resolved_at         timestamptz,
    resolved_by         text,
    PRIMARY KEY (org_id, conflict_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking,
    CHECK ((state = 'open') = (resolution IS NULL)),
    CHECK ((kind = 'deleted') = (theirs IS NULL))
);
-- One question at a time about a meeting in somebody's calendar: a newer edit replaces what is asked.
CREATE UNIQUE INDEX calendar_conflict_open ON calendar_conflict (org_id, booking_id, account_id) WHERE state = 'open';
CREATE INDEX calendar_conflict_account ON calendar_conflict (org_id, account_id, seen_at);
