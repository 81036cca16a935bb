-- Format 2: what is written together lies together, so that writing costs little more as the ledger grows. Of an event the
-- index begins with its history, in which a first capture tells most events one after the other, and no longer with its
-- id, which is a hash. Of an instant it knows the span of thirty days alone: within one, new rows are the last.
DROP INDEX events_by_id;
DROP INDEX events_by_history;
DROP INDEX events_by_instant;
CREATE UNIQUE INDEX events_by_history ON events (history, event, superseded);
CREATE INDEX events_by_span ON events ((occurred_at / 2592000000));

-- The floors under every record of an object are read with those of any record.
CREATE INDEX floors_by_id ON floors (id);
