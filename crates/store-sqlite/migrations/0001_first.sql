-- Everything said, in rooms (room is set) and in private (peer is set).
CREATE TABLE messages (
    id     INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,    -- milliseconds since 1970-01-01T00:00:00Z
    wire   TEXT NOT NULL,       -- the wire it came by: cs494, cs594, cp
    sender TEXT NOT NULL,
    room   TEXT,
    peer   TEXT,
    manner INTEGER,             -- in rooms: 0 post, 1 group, 2 farewell
    text   TEXT NOT NULL,
    CHECK ((room IS NULL) = (peer IS NOT NULL)),
    CHECK ((room IS NULL) = (manner IS NULL))
) STRICT;

CREATE INDEX messages_by_room ON messages (room, id) WHERE room IS NOT NULL;
-- The two names in one order, so that both sides ask for the same.
CREATE INDEX messages_by_pair ON messages (min(sender, peer), max(sender, peer), id)
    WHERE peer IS NOT NULL;
-- Numbers follow time only as long as the clock is not set back.
CREATE INDEX messages_by_age ON messages (at);

-- The full-text index holds no texts of its own. Sizes of columns serve ranking, which is by number.
CREATE VIRTUAL TABLE messages_fts USING fts5(
    text,
    content = 'messages',
    content_rowid = 'id',
    columnsize = 0,
    tokenize = "unicode61 remove_diacritics 2"
);
CREATE TRIGGER messages_inserted AFTER INSERT ON messages BEGIN
    INSERT INTO messages_fts (rowid, text) VALUES (new.id, new.text);
END;
CREATE TRIGGER messages_deleted AFTER DELETE ON messages BEGIN
    INSERT INTO messages_fts (messages_fts, rowid, text) VALUES ('delete', old.id, old.text);
END;

CREATE TABLE accounts (
    name          TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,    -- Argon2id, as a PHC string
    certificate   BLOB CHECK (length(certificate) = 32),
    created       INTEGER NOT NULL  -- milliseconds since 1970-01-01T00:00:00Z
) STRICT, WITHOUT ROWID;

-- What waits in the mailboxes of accounts.
CREATE TABLE letters (
    id     INTEGER PRIMARY KEY,
    owner  TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    sender TEXT NOT NULL,
    at     INTEGER NOT NULL,    -- milliseconds since 1970-01-01T00:00:00Z
    text   TEXT NOT NULL
) STRICT;

CREATE INDEX letters_by_owner ON letters (owner, id);

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO meta (key, value) VALUES
    ('last_id', 0),             -- the highest number ever given; never shrinks
    ('accounts_generation', 0), -- grows with each change of an account
    ('history_bytes', 0);       -- the sum of octet_length(text) over messages
