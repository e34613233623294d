-- Requests: what a visitor chose of a link whose hosts want to be asked first. Its time is taken like that of any booking;
-- nothing is written to calendars until a host has accepted.

ALTER TABLE booking DROP CONSTRAINT booking_state_check;
ALTER TABLE booking
    ADD CONSTRAINT booking_state_check CHECK (state IN ('requested', 'confirmed', 'declined', 'cancelled')),
    -- Until when a request waits for an answer; then it is declined by itself.
    ADD COLUMN answer_by timestamptz,
    ADD CONSTRAINT booking_answer_check CHECK ((state = 'requested') = (answer_by IS NOT NULL));
CREATE INDEX booking_answer ON booking (answer_by) WHERE state = 'requested';

ALTER TABLE booking_revision DROP CONSTRAINT booking_revision_action_check;
ALTER TABLE booking_revision ADD CONSTRAINT booking_revision_action_check
    CHECK (action IN ('requested', 'confirmed', 'declined', 'rescheduled', 'cancelled', 'edited'));

-- Connect hears of everything.
UPDATE webhook_subscription SET events = events || '{booking.requested,booking.declined}' WHERE is_internal;

-- Waitlists: who wants a time of a booking page that is taken, in order of coming.
CREATE TABLE waitlist_entry (
    org_id          text NOT NULL,
    entry_id        text NOT NULL,
    link_id         text NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    name            text NOT NULL,
    email           text NOT NULL,
    tzid            text NOT NULL,
    locale          text NOT NULL,
    -- The last part of the address at which the visitor sees their place and takes the time. Sealed; looked up by hash.
    token           bytea NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    -- One filled-in form is one entry, however often it is sent.
    form_hash       bytea NOT NULL,
    -- offered: the time is held for this visitor; missed: they did not take it in time; over: its time has come.
    state           text NOT NULL CHECK (state IN ('waiting', 'offered', 'booked', 'left', 'missed', 'over')),
    offered_until   timestamptz,
    hold_id         text NOT NULL DEFAULT '',
    -- When it was last looked whether the time is free.
    checked_at      timestamptz NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, entry_id),
    UNIQUE (org_id, link_id, form_hash),
    FOREIGN KEY (org_id, link_id) REFERENCES booking_page ON DELETE CASCADE,
    CHECK ((state = 'offered') = (offered_until IS NOT NULL))
);
CREATE INDEX waitlist_entry_time ON waitlist_entry (org_id, link_id, starts_at, created_at)
    WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_entry_offered ON waitlist_entry (offered_until) WHERE state = 'offered';
CREATE INDEX waitlist_entry_start ON waitlist_entry (starts_at);

-- Time is also held for people from outside, who have no account.
ALTER TABLE hold DROP CONSTRAINT hold_org_id_owner_id_fkey;
