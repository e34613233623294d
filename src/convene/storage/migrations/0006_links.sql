-- Booking links: what their makers asked for, who booked through them, and which bookings came of it.

CREATE TABLE scheduling_link (
    org_id          text NOT NULL REFERENCES organization,
    link_id         text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('scheduling', 'sequencing', 'add_to_calendar')),
    -- The application that made the link, or the member; links of members have no client.
    client_id       text,
    account_id      text,
    -- The last part of the link's address. Sealed, because status calls tell the address again; looked up by hash.
    token           bytea NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    -- What was asked for, normalised (core/scheduling_links.py).
    request         jsonb NOT NULL,
    -- How the page looks and whom it tells: branding, language, who may embed it.
    settings        jsonb NOT NULL DEFAULT '{}',
    status          text NOT NULL CHECK (status IN ('open', 'completed', 'disabled')),
    display_message text NOT NULL DEFAULT '',
    max_uses        int NOT NULL DEFAULT 1 CHECK (max_uses > 0),
    uses            int NOT NULL DEFAULT 0,
    opens_at        timestamptz,
    expires_at      timestamptz,
    revision        int NOT NULL DEFAULT 1,
    created_at      timestamptz NOT NULL,
    changed_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, link_id),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    CHECK (uses <= max_uses),
    CHECK ((client_id IS NULL) <> (account_id IS NULL))
);
CREATE INDEX scheduling_link_account ON scheduling_link (org_id, account_id) WHERE account_id IS NOT NULL;

ALTER TABLE booking
    ADD COLUMN link_id text,
    -- One filled-in form is one visit: sent twice it books once. A sequence books several meetings in one visit.
    ADD COLUMN visit_hash bytea,
    ADD COLUMN sequence_id text NOT NULL DEFAULT '',
    -- The id by which the link's application knows the event.
    ADD COLUMN event_id text NOT NULL DEFAULT '',
    -- What its events say besides title, note and place: {"location", "transparency", "reminders", "private", "url"},
    -- and in "of" by account what that account's event says differently.
    ADD COLUMN event_details jsonb NOT NULL DEFAULT '{}';
CREATE UNIQUE INDEX booking_visit ON booking (org_id, link_id, visit_hash, sequence_id) WHERE link_id IS NOT NULL;

-- Which bookings are written for an account, in whose calendar a link may write without asking for their time.
CREATE INDEX booking_write_account ON booking_write (org_id, account_id);
-- By the name that a link's application gave the event.
CREATE INDEX booking_event ON booking (org_id, event_id) WHERE event_id <> '';

-- People from outside who take part in a booking. All bookings of one visit share the guest's manage token.
CREATE TABLE booking_guest (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    guest_id        text NOT NULL,
    name            text NOT NULL,
    email           text NOT NULL,
    tzid            text NOT NULL,
    locale          text NOT NULL DEFAULT '',
    answers         jsonb NOT NULL DEFAULT '[]',
    manage_token    bytea NOT NULL,
    manage_hash     bytea NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id, guest_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking
);
CREATE INDEX booking_guest_manage ON booking_guest (manage_hash);
