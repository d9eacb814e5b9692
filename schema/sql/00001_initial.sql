-- +goose Up

-- Facts about the server itself: its secrets, and the row "sign-up", which is
-- locked by whoever makes an account.
CREATE TABLE server_setting (
    name  TEXT  NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);
INSERT INTO server_setting (name, value) VALUES ('sign-up', '');

-- A login. The handle is lower-cased, trimmed and in normal form C.
CREATE TABLE account (
    user_id BYTEA    NOT NULL PRIMARY KEY,
    handle  TEXT     NOT NULL UNIQUE,
    admin   SMALLINT NOT NULL,
    created BIGINT   NOT NULL
);

-- Octets of ciphertext that an account has written and that are still kept.
-- Apart from account, because appends change it all the time.
CREATE TABLE account_usage (
    user_id BYTEA  NOT NULL PRIMARY KEY REFERENCES account (user_id),
    octets  BIGINT NOT NULL
);

-- The identity's public half. The revision grows by one with each replacement
-- of the certificate or of a credential.
CREATE TABLE identity (
    user_id     BYTEA  NOT NULL PRIMARY KEY REFERENCES account (user_id),
    certificate BYTEA  NOT NULL,
    revision    BIGINT NOT NULL
);

-- One way to sign in and to unlock the identity; kind is schema.CredentialKind.
CREATE TABLE credential (
    user_id         BYTEA    NOT NULL REFERENCES account (user_id),
    kind            SMALLINT NOT NULL,
    version         BIGINT   NOT NULL,
    kdf_time        BIGINT   NOT NULL,
    kdf_memory_kib  BIGINT   NOT NULL,
    kdf_parallelism SMALLINT NOT NULL,
    login_key       BYTEA    NOT NULL,
    locked          BYTEA    NOT NULL,
    PRIMARY KEY (user_id, kind)
);

-- A device that may never again have a session.
CREATE TABLE device_revocation (
    user_id BYTEA NOT NULL REFERENCES account (user_id),
    device  BYTEA NOT NULL,
    PRIMARY KEY (user_id, device)
);

-- A sign-in challenge that waits for its answer. The user of a fake one, made
-- for an unknown handle, does not exist.
CREATE TABLE challenge (
    nonce   BYTEA    NOT NULL PRIMARY KEY,
    user_id BYTEA    NOT NULL,
    kind    SMALLINT NOT NULL,
    device  BYTEA,
    fake    SMALLINT NOT NULL,
    expires BIGINT   NOT NULL
);
CREATE INDEX challenge_expires ON challenge (expires);

-- A bearer token, by its hash. A session of the login key has no device.
CREATE TABLE session (
    token_hash BYTEA  NOT NULL PRIMARY KEY,
    user_id    BYTEA  NOT NULL REFERENCES account (user_id),
    device     BYTEA,
    created    BIGINT NOT NULL,
    until      BIGINT NOT NULL
);
CREATE INDEX session_account ON session (user_id, device);
CREATE INDEX session_until ON session (until);

-- A workspace with its roster's head. Whoever changes anything of a workspace
-- locks this row first and adds one to its revision. Octets are those of the
-- events that are kept, roster_octets those of the roster's entries and cuts;
-- streams counts the streams.
CREATE TABLE workspace (
    workspace     BYTEA  NOT NULL PRIMARY KEY,
    roster_seq    BIGINT NOT NULL,
    roster_hash   BYTEA  NOT NULL,
    roster_octets BIGINT NOT NULL,
    revision      BIGINT NOT NULL,
    octets        BIGINT NOT NULL,
    streams       BIGINT NOT NULL
);

CREATE TABLE roster_entry (
    workspace        BYTEA  NOT NULL REFERENCES workspace (workspace),
    seq              BIGINT NOT NULL,
    hash             BYTEA  NOT NULL,
    entry            BYTEA  NOT NULL,
    signature        BYTEA  NOT NULL,
    invite_signature BYTEA  NOT NULL,
    PRIMARY KEY (workspace, seq)
);

-- Who is or was (former) a member. Pending ones wait for an admin's approval.
CREATE TABLE member (
    workspace BYTEA    NOT NULL REFERENCES workspace (workspace),
    user_id   BYTEA    NOT NULL,
    role      SMALLINT NOT NULL,
    pending   SMALLINT NOT NULL,
    former    SMALLINT NOT NULL,
    PRIMARY KEY (workspace, user_id)
);
CREATE INDEX member_user ON member (user_id);

-- A circle: appends must be under its epoch, are refused while it is stale and
-- wait while it is held. Epoch 0 means that the first one is still to come.
CREATE TABLE circle (
    workspace  BYTEA    NOT NULL REFERENCES workspace (workspace),
    circle     BYTEA    NOT NULL,
    epoch      BIGINT   NOT NULL,
    stale      SMALLINT NOT NULL,
    held_until BIGINT   NOT NULL,
    hold_token BYTEA    NOT NULL,
    hold_role  SMALLINT NOT NULL,
    PRIMARY KEY (workspace, circle)
);

CREATE TABLE circle_member (
    workspace BYTEA NOT NULL,
    circle    BYTEA NOT NULL,
    user_id   BYTEA NOT NULL,
    PRIMARY KEY (workspace, circle, user_id),
    FOREIGN KEY (workspace, circle) REFERENCES circle (workspace, circle)
);
CREATE INDEX circle_member_user ON circle_member (workspace, user_id);

CREATE TABLE invite (
    workspace  BYTEA    NOT NULL REFERENCES workspace (workspace),
    invite     BYTEA    NOT NULL,
    proof_hash BYTEA    NOT NULL,
    expires    BIGINT   NOT NULL,
    is_open    SMALLINT NOT NULL,
    PRIMARY KEY (workspace, invite)
);

-- The cuts that roster entries name: the encoding of a schema.Cut by its hash.
CREATE TABLE cut (
    workspace BYTEA NOT NULL REFERENCES workspace (workspace),
    hash      BYTEA NOT NULL,
    circle    BYTEA NOT NULL,
    encoding  BYTEA NOT NULL,
    PRIMARY KEY (workspace, hash)
);

-- A stream with its head. It is made by its first event, whose author is the
-- creator.
CREATE TABLE stream (
    workspace    BYTEA  NOT NULL,
    stream       BYTEA  NOT NULL,
    circle       BYTEA  NOT NULL,
    creator      BYTEA  NOT NULL,
    head_seq     BIGINT NOT NULL,
    head_link    BYTEA  NOT NULL,
    head_arrived BIGINT NOT NULL,
    PRIMARY KEY (workspace, stream),
    FOREIGN KEY (workspace, circle) REFERENCES circle (workspace, circle)
);
CREATE INDEX stream_circle ON stream (workspace, circle, stream);
CREATE INDEX stream_creator ON stream (workspace, creator);

-- A sealed event with its link. The ciphertext is empty once erased. There is no
-- foreign key to stream: both are only ever written together, in one
-- transaction, and the check would cost a tenth of the rate of appends. The
-- event id comes first in its index, and is looked up alone, because PostgreSQL
-- would otherwise walk through the whole workspace while it has no statistics.
CREATE TABLE event (
    workspace  BYTEA  NOT NULL,
    stream     BYTEA  NOT NULL,
    seq        BIGINT NOT NULL,
    event_id   BYTEA  NOT NULL,
    author     BYTEA  NOT NULL,
    device     BYTEA  NOT NULL,
    epoch      BIGINT NOT NULL,
    arrived    BIGINT NOT NULL,
    digest     BYTEA  NOT NULL,
    link       BYTEA  NOT NULL,
    ciphertext BYTEA  NOT NULL,
    PRIMARY KEY (workspace, stream, seq),
    UNIQUE (event_id, workspace)
);
