-- Applications of the Cronofy-compatible surface: several secrets, authorization codes, tokens for UI elements, service
-- accounts, and accounts that are no people.

-- A calendar that belongs to an application, or a room. Neither signs in nor appears among an organisation's people.
ALTER TABLE account ADD COLUMN kind text NOT NULL DEFAULT 'person'
    CHECK (kind IN ('person', 'application_calendar', 'resource'));
ALTER TABLE account ADD CONSTRAINT account_only_people_sign_in CHECK (kind = 'person' OR password_hash IS NULL);
DROP INDEX account_email;
CREATE UNIQUE INDEX account_email ON account (lower(email)) WHERE kind = 'person';
CREATE UNIQUE INDEX account_resource_email ON account (org_id, lower(email)) WHERE kind = 'resource';

-- An application's live secrets: each is a credential, and pushes are signed with all of them while one is replaced.
CREATE TABLE oauth_client_secret (
    org_id          text NOT NULL,
    client_id       text NOT NULL,
    secret_id       text NOT NULL,
    secret          bytea NOT NULL,
    secret_hash     bytea NOT NULL UNIQUE,
    created_at      timestamptz NOT NULL,
    -- A replaced secret goes on working until then.
    expires_at      timestamptz,
    PRIMARY KEY (org_id, client_id, secret_id),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);
INSERT INTO oauth_client_secret (org_id, client_id, secret_id, secret, secret_hash, created_at)
SELECT org_id, client_id, 'first', secret, secret_hash, created_at FROM oauth_client;
ALTER TABLE oauth_client DROP COLUMN secret, DROP COLUMN secret_hash;

-- An organisation's administrator lets an application act for its people.
CREATE TABLE service_account (
    org_id              text NOT NULL,
    service_account_id  text NOT NULL,
    client_id           text NOT NULL,
    granted_by          text NOT NULL,
    scope               text[] NOT NULL,
    delegated_scope     text[] NOT NULL DEFAULT '{}',
    created_at          timestamptz NOT NULL,
    revoked_at          timestamptz,
    PRIMARY KEY (org_id, service_account_id),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);

-- Codes work once (RFC 6749 section 4.1.2); the family is what a second use revokes.
CREATE TABLE oauth_code (
    org_id                  text NOT NULL,
    code_hash               bytea NOT NULL UNIQUE,
    client_id               text NOT NULL,
    account_id              text,
    service_account_id      text,
    scope                   text[] NOT NULL,
    redirect_uri            text NOT NULL,
    -- RFC 7636: base64url of SHA-256 (S256); '' where no challenge was sent.
    code_challenge          text NOT NULL DEFAULT '',
    family_id               text NOT NULL,
    created_at              timestamptz NOT NULL,
    expires_at              timestamptz NOT NULL,
    used_at                 timestamptz,
    PRIMARY KEY (org_id, code_hash),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE,
    CHECK ((account_id IS NULL) <> (service_account_id IS NULL))
);

ALTER TABLE oauth_token ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE oauth_token ADD COLUMN service_account_id text;
ALTER TABLE oauth_token ADD CHECK ((account_id IS NULL) <> (service_account_id IS NULL));
-- Which accounts have authorized an application: those with a refresh token that was not revoked.
CREATE INDEX oauth_token_authorized ON oauth_token (org_id, client_id, account_id)
    WHERE kind = 'refresh' AND revoked_at IS NULL;

-- Short-lived tokens for elements in a browser: some accounts, some permissions, one origin.
CREATE TABLE element_token (
    org_id          text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    client_id       text NOT NULL,
    permissions     text[] NOT NULL,
    subs            text[] NOT NULL,
    origin          text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    PRIMARY KEY (org_id, token_hash),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE
);

-- Five minutes in which somebody else's calendar may be added to this account.
CREATE TABLE link_token (
    org_id          text NOT NULL,
    token_hash      bytea NOT NULL UNIQUE,
    client_id       text NOT NULL,
    account_id      text NOT NULL,
    created_at      timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL,
    used_at         timestamptz,
    PRIMARY KEY (org_id, token_hash),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);

CREATE TABLE application_calendar (
    org_id                  text NOT NULL,
    client_id               text NOT NULL,
    application_calendar_id text NOT NULL,
    account_id              text NOT NULL,
    created_at              timestamptz NOT NULL,
    PRIMARY KEY (org_id, client_id, application_calendar_id),
    UNIQUE (org_id, account_id),
    FOREIGN KEY (org_id, client_id) REFERENCES oauth_client ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
