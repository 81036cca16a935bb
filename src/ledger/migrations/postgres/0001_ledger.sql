-- Format 1, what PostgreSQL needs on top: pages are keysets over these columns, so they are ordered by their bytes as in
-- SQLite, whatever the locale of the database.
ALTER TABLE versions
    ALTER COLUMN record TYPE TEXT COLLATE "C";
ALTER TABLE heads
    ALTER COLUMN record TYPE TEXT COLLATE "C",
    ALTER COLUMN kind TYPE TEXT COLLATE "C";
ALTER TABLE links
    ALTER COLUMN relation TYPE TEXT COLLATE "C",
    ALTER COLUMN target TYPE TEXT COLLATE "C",
    ALTER COLUMN kind TYPE TEXT COLLATE "C",
    ALTER COLUMN record TYPE TEXT COLLATE "C";
ALTER TABLE events
    ALTER COLUMN event TYPE TEXT COLLATE "C",
    ALTER COLUMN history TYPE TEXT COLLATE "C",
    ALTER COLUMN person TYPE TEXT COLLATE "C",
    ALTER COLUMN record TYPE TEXT COLLATE "C";
ALTER TABLE positions
    ALTER COLUMN source TYPE TEXT COLLATE "C",
    ALTER COLUMN stream TYPE TEXT COLLATE "C";
ALTER TABLE floors
    ALTER COLUMN source TYPE TEXT COLLATE "C",
    ALTER COLUMN object TYPE TEXT COLLATE "C",
    ALTER COLUMN id TYPE TEXT COLLATE "C",
    ALTER COLUMN part TYPE TEXT COLLATE "C";
ALTER TABLE tallies
    ALTER COLUMN source TYPE TEXT COLLATE "C",
    ALTER COLUMN counted TYPE TEXT COLLATE "C";
-- The newest versions are rewritten in place; room on the page keeps their index entries where they are.
ALTER TABLE heads SET (fillfactor = 80);
