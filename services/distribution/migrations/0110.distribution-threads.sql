-- Before deploy. Questions of the municipality and replies of IMDi: a thread of each list and of each person of it.
-- depends: 0107.distribution-reminders

-- threads: of each that was begun {running_number (null: the list's own), messages, awaits_reply}, in that order.
ALTER TABLE distribution_list ADD COLUMN threads jsonb NOT NULL DEFAULT '[]';

-- What was written, once and for good: free text that may be about a person. number: of the list's threads together.
-- list_version: the list's by it. reply_id: IMDi's own id of it; NULL: the municipality wrote.
CREATE TABLE thread_message (
    list_id text NOT NULL REFERENCES distribution_list,
    number integer NOT NULL CHECK (number > 0),
    running_number integer,
    list_version bigint NOT NULL,
    author_id text NOT NULL,
    author_name text NOT NULL,
    written_at timestamptz NOT NULL,
    text text NOT NULL,
    reply_id text,
    PRIMARY KEY (list_id, number),
    UNIQUE (list_id, reply_id),
    FOREIGN KEY (list_id, running_number) REFERENCES person
);
