-- What applications are told: their notification channels, their callbacks, and invitations that people answer by mail.

-- webhook: what a member or an administrator subscribes to. channel: an application's push channel for one account.
-- callback: an address that an application named in one of its calls; made with its first delivery.
ALTER TABLE webhook_subscription
    ADD COLUMN kind text NOT NULL DEFAULT 'webhook' CHECK (kind IN ('webhook', 'channel', 'callback')),
    ADD COLUMN client_id text,
    -- Of a channel: {"calendar_ids": [...], "only_managed": true}, only what is not the default.
    ADD COLUMN filters jsonb NOT NULL DEFAULT '{}',
    -- Of a callback: the day it was last sent to, so that what nobody uses any more can be forgotten.
    ADD COLUMN used_at timestamptz,
    ALTER COLUMN secret DROP NOT NULL;
-- What goes to an application is signed with the application's secrets.
ALTER TABLE webhook_subscription
    ADD CONSTRAINT webhook_subscription_owner CHECK ((kind = 'webhook') = (client_id IS NULL)),
    ADD CONSTRAINT webhook_subscription_secret CHECK ((kind = 'webhook') = (secret IS NOT NULL)),
    ADD CONSTRAINT webhook_subscription_account CHECK (kind <> 'channel' OR account_id IS NOT NULL),
    ADD CONSTRAINT webhook_subscription_client FOREIGN KEY (org_id, client_id)
        REFERENCES oauth_client ON DELETE CASCADE;
CREATE UNIQUE INDEX webhook_callback ON webhook_subscription (org_id, client_id, md5(url)) WHERE kind = 'callback';
CREATE UNIQUE INDEX webhook_channel
    ON webhook_subscription (org_id, account_id, client_id, md5(url), md5(filters::text)) WHERE kind = 'channel';
-- The same push is not doubled while one waits (see webhooks.sql, lock_waiting).
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (org_id, webhook_id) WHERE state = 'pending' AND attempts = 0;

-- Invitations that an application mails itself. invite_uid is the UID of their iCalendar object.
CREATE TABLE smart_invite (
    org_id          text NOT NULL,
    client_id       text NOT NULL,
    smart_invite_id text NOT NULL CHECK (length(smart_invite_id) BETWEEN 1 AND 255),
    -- Whose invitation it is; '' where several are invited together.
    recipient_email text NOT NULL,
    invite_uid      text NOT NULL,
    method          text NOT NULL CHECK (method IN ('request', 'cancel')),
    -- RFC 5545 section 3.8.7.4: grows with every change that people must hear of.
    sequence        int NOT NULL DEFAULT 0,
    callback_url    text NOT NULL DEFAULT '',
    organizer       jsonb,
    event           jsonb NOT NULL,
    created_at      timestamptz NOT NULL,
    updated_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, client_id, smart_invite_id, recipient_email),
    UNIQUE (org_id, invite_uid),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);

-- Who was invited, and who answered without having been (the invitation was passed on).
CREATE TABLE smart_invite_person (
    org_id          text NOT NULL,
    invite_uid      text NOT NULL,
    email           text NOT NULL,
    is_recipient    boolean NOT NULL,
    position        int NOT NULL DEFAULT 0,
    status          text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'tentative', 'declined')),
    comment         text NOT NULL DEFAULT '',
    -- A COUNTER's times: {"start", "end"}.
    proposal        jsonb,
    -- SEQUENCE and DTSTAMP of the newest answer: an older one that comes late changes nothing (RFC 5546 section 2.1.5).
    reply_sequence  int,
    replied_at      timestamptz,
    PRIMARY KEY (org_id, invite_uid, email),
    FOREIGN KEY (org_id, invite_uid) REFERENCES smart_invite (org_id, invite_uid) ON DELETE CASCADE
);
