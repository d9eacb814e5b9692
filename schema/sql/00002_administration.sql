-- +goose Up

-- 0 active, 1 disabled, 2 deleted. The row of a deleted account stays, so that
-- nobody ever takes over its user id, which rosters name; its handle is its user
-- id then, and the old one is free.
ALTER TABLE account ADD COLUMN state SMALLINT NOT NULL DEFAULT 0;

-- The version that a credential had when it was removed: the next one of the kind
-- goes on from there, because the version is part of its salt and lock.
CREATE TABLE credential_removed (
    user_id BYTEA    NOT NULL REFERENCES account (user_id),
    kind    SMALLINT NOT NULL,
    version BIGINT   NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- Who founded which workspace: others can make anybody a member, and must not use
-- up the number of workspaces that an account may found. Those that were founded
-- before this table are not counted.
CREATE TABLE founding (
    user_id   BYTEA NOT NULL REFERENCES account (user_id),
    workspace BYTEA NOT NULL,
    PRIMARY KEY (user_id, workspace)
);

-- What the administrator has set: an encoded schema.ServerState, and the logo.
INSERT INTO server_setting (name, value) VALUES ('state', '');
INSERT INTO server_setting (name, value) VALUES ('logo', '');
