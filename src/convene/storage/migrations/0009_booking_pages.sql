-- Booking pages: links that members make for themselves and keep. What a visitor meets is the link (scheduling_link with
-- an account and as good as unlimited uses); here lies what its owner has set up, from which the link's request is made.

CREATE TABLE booking_page (
    org_id          text NOT NULL,
    link_id         text NOT NULL,
    -- The first part of the address, for people to read. The rest of it, the link's token, is what cannot be guessed.
    slug            text NOT NULL,
    -- core/booking_pages.py
    definition      jsonb NOT NULL,
    PRIMARY KEY (org_id, link_id),
    UNIQUE (org_id, slug),
    FOREIGN KEY (org_id, link_id) REFERENCES scheduling_link ON DELETE CASCADE
);

CREATE TABLE booking_page_host (
    org_id          text NOT NULL,
    link_id         text NOT NULL,
    account_id      text NOT NULL,
    -- How many bookings this host takes beside the others, where they take turns.
    weight          int NOT NULL CHECK (weight > 0),
    position        int NOT NULL,
    joined_at       timestamptz NOT NULL,
    PRIMARY KEY (org_id, link_id, account_id),
    FOREIGN KEY (org_id, link_id) REFERENCES booking_page ON DELETE CASCADE,
    FOREIGN KEY (org_id, account_id) REFERENCES account ON DELETE CASCADE
);
CREATE INDEX booking_page_host_account ON booking_page_host (org_id, account_id);

-- How often a page was opened, and opened without a time to offer, per UTC date. Nothing about who did.
CREATE TABLE booking_page_day (
    org_id          text NOT NULL,
    link_id         text NOT NULL,
    day             date NOT NULL,
    views           int NOT NULL DEFAULT 0,
    without_times   int NOT NULL DEFAULT 0,
    PRIMARY KEY (org_id, link_id, day),
    FOREIGN KEY (org_id, link_id) REFERENCES booking_page ON DELETE CASCADE
);
