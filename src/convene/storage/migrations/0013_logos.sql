-- Logos that owners of booking pages uploaded: PNGs of our own drawing (formats/image_worker.py), one for each page.

CREATE TABLE booking_page_logo (
    org_id          text NOT NULL,
    link_id         text NOT NULL,
    -- Made of page and picture; what its public address ends in.
    name            text NOT NULL UNIQUE,
    content         bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 524288),
    PRIMARY KEY (org_id, link_id),
    FOREIGN KEY (org_id, link_id) REFERENCES booking_page ON DELETE CASCADE
);
