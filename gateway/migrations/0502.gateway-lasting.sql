-- Before deploy.
-- What only the gateway knows: it cannot be projected again and is backed up. The reader role sees none of it.
CREATE SCHEMA gateway;

-- A login that has been sent to the provider and has not come back. Rows are taken once.
CREATE TABLE gateway.login_attempt (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    next_path text NOT NULL,
    created_at timestamptz NOT NULL
);

-- token_hash: SHA-256 of what the cookie holds, so that a copy of the table opens nothing.
-- grants: [{"organisation_number": ..., "role": ...}] as the login gave them.
CREATE TABLE gateway.session (
    token_hash bytea PRIMARY KEY,
    user_id text NOT NULL,
    display_name text NOT NULL,
    grants jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL
);
CREATE INDEX session_user_id ON gateway.session (user_id);
CREATE INDEX session_seen_at ON gateway.session (seen_at);

-- What a user sent, until its outcome has been shown: form is what was typed, so that a refusal loses nothing.
CREATE TABLE gateway.command (
    command_id text PRIMARY KEY,
    municipality_id text NOT NULL,
    user_id text NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    form jsonb,
    created_at timestamptz NOT NULL
);
CREATE INDEX command_created_at ON gateway.command (created_at);

-- Owners' replies, for whichever replica waits for them. version: the subject's after the command.
CREATE TABLE gateway.command_outcome (
    command_id text PRIMARY KEY,
    accepted boolean NOT NULL,
    subject text NOT NULL,
    version bigint,
    problem text,
    params jsonb NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX command_outcome_received_at ON gateway.command_outcome (received_at);

-- Choices a user makes about the pages.
CREATE TABLE gateway.preference (
    user_id text NOT NULL,
    name text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (user_id, name)
);
