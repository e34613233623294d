-- Whoever is made a host by somebody else is told by whom. Null where that was not kept.

ALTER TABLE booking_page_host ADD COLUMN added_by text;
