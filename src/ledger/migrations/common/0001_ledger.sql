-- Format 1. In the subset that SQLite and PostgreSQL both speak: TEXT and BIGINT. Instants are milliseconds since 1970
-- in UTC, records are `source:object:id`, payloads are JSON as src/ledger/stored.rs writes it.

-- One row. `sequence` is the counter: whoever writes takes this row first.
CREATE TABLE leadline_ledger (
    one         BIGINT NOT NULL PRIMARY KEY CHECK (one = 1),
    format      BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    erasure_key TEXT   NOT NULL,
    sequence    BIGINT NOT NULL
);

-- Every version of every record, in order of observation. Without payload: the record was erased here.
CREATE TABLE versions (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    record      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    observed_at BIGINT NOT NULL,
    deleted_at  BIGINT,
    payload     TEXT
);
CREATE INDEX versions_by_record ON versions (record, sequence);

-- Which version of a record is the newest.
CREATE TABLE heads (
    record      TEXT   NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    sequence    BIGINT NOT NULL,
    is_live     BIGINT NOT NULL,
    hash        TEXT   NOT NULL
);
CREATE INDEX heads_by_kind ON heads (kind, sequence);

-- By what the newest version of a record is found.
CREATE TABLE links (
    relation    TEXT   NOT NULL,
    target      TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    record      TEXT   NOT NULL,
    PRIMARY KEY (relation, target, kind, record)
);
CREATE INDEX links_by_record ON links (record);

-- Every event of every history, in order of observation. One that became known otherwise stays; `superseded` is the
-- sequence of the row that stands in its place, 0 for the row that counts. Without payload: it is gone. `person` and
-- `record` (the event's own source) are written where they are not the record of the history itself.
CREATE TABLE events (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    event       TEXT   NOT NULL,
    superseded  BIGINT NOT NULL,
    restated    BIGINT NOT NULL,
    history     TEXT   NOT NULL,
    part        TEXT   NOT NULL,
    person      TEXT,
    record      TEXT,
    occurred_at BIGINT NOT NULL,
    observed_at BIGINT NOT NULL,
    payload     TEXT
);
CREATE UNIQUE INDEX events_by_id ON events (event, history, superseded);
CREATE INDEX events_by_history ON events (history);
CREATE INDEX events_by_person ON events (person) WHERE person IS NOT NULL;
CREATE INDEX events_by_record ON events (record) WHERE record IS NOT NULL;
CREATE INDEX events_by_instant ON events (occurred_at, sequence);

-- What became known under another name.
CREATE TABLE merges (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    previous    TEXT   NOT NULL,
    surviving   TEXT   NOT NULL,
    rule        TEXT   NOT NULL,
    merged_at   BIGINT NOT NULL
);
CREATE UNIQUE INDEX merges_by_name ON merges (previous, surviving);

-- What people decided about identity.
CREATE TABLE decisions (
    sequence    BIGINT NOT NULL PRIMARY KEY,
    kind        TEXT   NOT NULL,
    one_record  TEXT   NOT NULL,
    other_record TEXT  NOT NULL,
    note        TEXT   NOT NULL,
    decided_by  TEXT   NOT NULL,
    decided_at  BIGINT NOT NULL
);

-- How far each stream has been read.
CREATE TABLE positions (
    source      TEXT   NOT NULL,
    stream      TEXT   NOT NULL,
    reached     TEXT   NOT NULL,
    read_rows   BIGINT NOT NULL,
    total_rows  BIGINT,
    caught_up   BIGINT NOT NULL,
    caught_up_at BIGINT,
    began_at    BIGINT NOT NULL,
    moved_at    BIGINT NOT NULL,
    PRIMARY KEY (source, stream)
);

-- Below which instant histories are not whole. An empty name stands for all.
CREATE TABLE floors (
    source      TEXT   NOT NULL,
    object      TEXT   NOT NULL,
    id          TEXT   NOT NULL,
    part        TEXT   NOT NULL,
    from_at     BIGINT NOT NULL,
    reason      TEXT   NOT NULL,
    PRIMARY KEY (source, object, id, part)
);

-- How many rows there are, kept with every write.
CREATE TABLE tallies (
    source      TEXT   NOT NULL,
    counted     TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    PRIMARY KEY (source, counted)
);

-- Keyed hashes of what was erased and must not come back.
CREATE TABLE erased (
    hash        TEXT   NOT NULL PRIMARY KEY,
    erased_at   BIGINT NOT NULL
);
