-- Invitations by mail: who is invited, what is to be sent and was, and what came back through the mailbox.

-- What a guest has answered. Whoever books has agreed to that time; a host who moves the meeting asks anew.
ALTER TABLE booking_guest
    ADD COLUMN rsvp text NOT NULL DEFAULT 'accepted'
        CHECK (rsvp IN ('needs_action', 'accepted', 'tentative', 'declined'));

-- By the UID alone, which an answer carries.
CREATE INDEX booking_uid_alone ON booking (uid);

-- Whom we invite to which meeting: guests, and members who have connected no calendar.
CREATE TABLE booking_invitee (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    -- guest_id or account_id
    invitee_id      text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('guest', 'member')),
    email           text NOT NULL,
    name            text NOT NULL,
    tzid            text NOT NULL,
    locale          text NOT NULL,
    -- requested: told that a host has yet to accept; invited: has an event of it; ended: was told that it is off.
    phase           text NOT NULL CHECK (phase IN ('requested', 'invited', 'ended')),
    -- The secret part of the address to which this invitee's calendar program answers. Sealed; looked up by hash.
    token           bytea NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    -- Digest of what was told last; the SEQUENCE of it, and the one since which an answer counts.
    told            text NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    sequence        int NOT NULL,
    asked_sequence  int NOT NULL,
    -- The first mail, to which later ones belong.
    thread_id       text NOT NULL,
    -- The newest answer.
    reply_sequence  int,
    replied_at      timestamptz,
    comment         text NOT NULL DEFAULT '',
    PRIMARY KEY (org_id, booking_id, invitee_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking ON DELETE CASCADE
);

-- Mail to send and sent: one row per meeting, recipient, SEQUENCE and method, so nothing is sent twice.
CREATE TABLE mail (
    org_id          text NOT NULL REFERENCES organization,
    mail_id         text NOT NULL,
    -- Empty for what belongs to no meeting: an offer to somebody on a waitlist.
    booking_id      text NOT NULL DEFAULT '',
    recipient_id    text NOT NULL,
    email           text NOT NULL,
    kind            text NOT NULL CHECK (kind ~ '^[a-z_]{1,40}$'),
    -- REQUEST, CANCEL, DECLINECOUNTER, or empty for mail without an event.
    method          text NOT NULL,
    sequence        int NOT NULL,
    -- What tells two of these apart besides: the proposal, the offer.
    about           text NOT NULL DEFAULT '',
    -- What the mail says; emptied when it is settled.
    content         jsonb NOT NULL,
    -- sending: handed to the mail server, whose answer is not known so far. superseded: something newer was to be told.
    state           text NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'superseded', 'failed')),
    attempts        int NOT NULL DEFAULT 0,
    -- How often nobody knows whether the mail server took it.
    unknowns        int NOT NULL DEFAULT 0,
    error_detail    text NOT NULL DEFAULT '',
    next_try_at     timestamptz,
    created_at      timestamptz NOT NULL,
    sent_at         timestamptz,
    PRIMARY KEY (org_id, mail_id),
    UNIQUE (org_id, booking_id, recipient_id, sequence, method, about),
    CHECK ((state IN ('pending', 'sending')) = (next_try_at IS NOT NULL))
);
CREATE INDEX mail_open ON mail (next_try_at) WHERE next_try_at IS NOT NULL;
CREATE INDEX mail_address ON mail (org_id, email, created_at);
CREATE INDEX mail_age ON mail (created_at);

-- Other times that invitees have proposed (COUNTER).
CREATE TABLE booking_proposal (
    org_id          text NOT NULL,
    proposal_id     text NOT NULL,
    booking_id      text NOT NULL,
    invitee_id      text NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    comment         text NOT NULL DEFAULT '',
    state           text NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'superseded')),
    proposed_at     timestamptz NOT NULL,
    settled_at      timestamptz,
    PRIMARY KEY (org_id, proposal_id),
    FOREIGN KEY (org_id, booking_id, invitee_id) REFERENCES booking_invitee ON DELETE CASCADE,
    CHECK (ends_at > starts_at)
);
CREATE INDEX booking_proposal_booking ON booking_proposal (org_id, booking_id);
CREATE UNIQUE INDEX booking_proposal_open ON booking_proposal (org_id, booking_id, invitee_id) WHERE state = 'open';

-- Answers that nothing proves: shown to the hosts, and counted for nobody.
CREATE TABLE booking_unproven_answer (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    sender          text NOT NULL,
    attendee        text NOT NULL,
    status          text NOT NULL,
    why             text NOT NULL,
    received_at     timestamptz NOT NULL,
    PRIMARY KEY (org_id, booking_id, sender, attendee),
    FOREIGN KEY (org_id, booking_id) REFERENCES booking ON DELETE CASCADE
);

-- Where each mailbox has been read to. The claim on it ends at next_poll_at.
CREATE TABLE mailbox (
    name            text PRIMARY KEY,
    uid_validity    bigint NOT NULL DEFAULT 0,
    last_uid        bigint NOT NULL DEFAULT 0,
    next_poll_at    timestamptz NOT NULL,
    read_at         timestamptz,
    error_detail    text NOT NULL DEFAULT ''
);

-- Connect hears of everything.
UPDATE webhook_subscription SET events = events || '{booking.answered}' WHERE is_internal;
