-- Everything that a node keeps. The store knows no more of it than this.
-- Values reach megabytes: a table of its own order (WITHOUT ROWID) would be slower.
CREATE TABLE records (
    area  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value BLOB NOT NULL,
    PRIMARY KEY (area, key)
) STRICT;
