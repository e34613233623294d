-- Connect's tables. Nothing here refers to the platform's tables and nothing there refers to these:
-- people are known by account id, bookings by the snapshots that webhooks bring.

CREATE SCHEMA connect;

CREATE TABLE connect.conversation (
    org_id          text NOT NULL,
    conversation_id text NOT NULL,
    kind            text NOT NULL CHECK (kind IN ('dm', 'channel')),
    -- For a dm: both account ids, sorted, joined by a space.
    dm_key          text,
    name            text NOT NULL DEFAULT '',
    topic           text NOT NULL DEFAULT '',
    -- Bumped under this row's lock by the transaction that writes the event: no hole, no late arrival.
    last_seq        bigint NOT NULL DEFAULT 0,
    created_by      text NOT NULL,
    created_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, conversation_id)
);
CREATE UNIQUE INDEX conversation_dm ON connect.conversation (org_id, dm_key) WHERE kind = 'dm';
CREATE UNIQUE INDEX conversation_channel ON connect.conversation (org_id, lower(name)) WHERE kind = 'channel';

CREATE TABLE connect.member (
    org_id          text NOT NULL,
    conversation_id text NOT NULL,
    account_id      text NOT NULL,
    -- The newest event this person has read; unread messages are those after it by others.
    last_read_seq   bigint NOT NULL DEFAULT 0,
    joined_at       timestamptz NOT NULL,
    PRIMARY KEY (org_id, conversation_id, account_id),
    FOREIGN KEY (org_id, conversation_id) REFERENCES connect.conversation
);
CREATE INDEX member_account ON connect.member (org_id, account_id);

CREATE TABLE connect.message (
    org_id          text NOT NULL,
    conversation_id text NOT NULL,
    message_id      text NOT NULL,
    -- Its place in the conversation: the seq of the event that made it. Edits keep it.
    seq             bigint NOT NULL,
    author_id       text,
    kind            text NOT NULL CHECK (kind IN ('text', 'booking_card', 'notice')),
    body            text NOT NULL,
    payload         jsonb,
    client_nonce    text,
    edit_seq        bigint NOT NULL,
    created_at      timestamptz NOT NULL,
    edited_at       timestamptz,
    deleted_at      timestamptz,
    PRIMARY KEY (org_id, message_id),
    UNIQUE (org_id, conversation_id, seq),
    FOREIGN KEY (org_id, conversation_id) REFERENCES connect.conversation
);
CREATE UNIQUE INDEX message_nonce ON connect.message (org_id, author_id, client_nonce) WHERE client_nonce IS NOT NULL;

CREATE TABLE connect.event (
    org_id          text NOT NULL,
    conversation_id text NOT NULL,
    seq             bigint NOT NULL,
    type            text NOT NULL,
    data            jsonb NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, conversation_id, seq)
);
-- Events are kept for a week, then swept by age.
CREATE INDEX event_age ON connect.event USING brin (at);

-- What concerns one person outside a conversation: widget, notifications, joined conversations, read marks.
CREATE TABLE connect.personal_log (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    last_seq        bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, account_id)
);
CREATE TABLE connect.personal_event (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    seq             bigint NOT NULL,
    type            text NOT NULL,
    data            jsonb NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id, seq)
);
CREATE INDEX personal_event_age ON connect.personal_event USING brin (at);

CREATE TABLE connect.notification (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    notification_id text NOT NULL,
    -- booking.confirmed, booking.rescheduled, booking.cancelled, booking.reminder, calendar.needs_attention
    type            text NOT NULL,
    text            text NOT NULL,
    booking_id      text,
    conversation_id text,
    data            jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    read_at         timestamptz,
    PRIMARY KEY (org_id, account_id, notification_id)
);
CREATE INDEX notification_newest ON connect.notification (org_id, account_id, created_at DESC);

-- The newest snapshot of each booking that webhooks brought: card, widget and management all show this one.
CREATE TABLE connect.booking (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    revision        int NOT NULL,
    -- Grows also when only the calendars' receipts change: the pair (revision, sync_revision) orders snapshots.
    sync_revision   int NOT NULL DEFAULT 0,
    snapshot        jsonb NOT NULL,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz NOT NULL,
    state           text NOT NULL,
    PRIMARY KEY (org_id, booking_id)
);
CREATE TABLE connect.booking_person (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    booking_id      text NOT NULL,
    ends_at         timestamptz NOT NULL,
    PRIMARY KEY (org_id, account_id, booking_id),
    FOREIGN KEY (org_id, booking_id) REFERENCES connect.booking
);
CREATE INDEX booking_person_next ON connect.booking_person (org_id, account_id, ends_at);

-- Where a booking's card stands: found by booking id, never by searching messages.
CREATE TABLE connect.card_location (
    org_id          text NOT NULL,
    booking_id      text NOT NULL,
    conversation_id text NOT NULL,
    message_id      text NOT NULL,
    PRIMARY KEY (org_id, booking_id, conversation_id)
);

-- Webhook ids seen, for exact duplicates.
CREATE TABLE connect.seen_delivery (
    org_id          text NOT NULL,
    event_id        text NOT NULL,
    at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, event_id)
);

-- Admission to the socket: one use, 30 seconds, bound to the session that asked for it.
CREATE UNLOGGED TABLE connect.socket_ticket (
    ticket_hash     bytea PRIMARY KEY,
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    session_id      text NOT NULL,
    expires_at      timestamptz NOT NULL
);

CREATE UNLOGGED TABLE connect.presence (
    org_id          text NOT NULL,
    account_id      text NOT NULL,
    node            text NOT NULL,
    seen_at         timestamptz NOT NULL,
    is_active       boolean NOT NULL,
    PRIMARY KEY (org_id, account_id, node)
);
