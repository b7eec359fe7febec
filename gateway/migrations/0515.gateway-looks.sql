-- Before deploy. Who looked at whom: a row is written, and has committed, before anything of a person folder is shown.
-- depends: 0514.gateway-person-folder

-- municipality_id: the one that was asked for; user_id: a pseudonym, as in commands; display_name: the viewer's own name.
-- role: in that municipality; NULL: none. part: health comes with identified. purpose NULL: it was not told.
-- refusal: why nothing was shown; NULL: it was. Names and numbers of who was looked at are not here.
CREATE TABLE gateway.look (
    look_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    municipality_id text NOT NULL,
    list_id text NOT NULL,
    running_number integer NOT NULL,
    part text NOT NULL CHECK (part IN ('identified', 'health')),
    user_id text NOT NULL,
    display_name text NOT NULL,
    role text,
    channel text NOT NULL CHECK (channel IN ('page', 'api')),
    purpose text,
    purpose_text text,
    refusal text,
    allowed boolean NOT NULL GENERATED ALWAYS AS (refusal IS NULL) STORED,
    CHECK (refusal IS NOT NULL OR purpose IS NOT NULL)
);
CREATE INDEX look_person ON gateway.look (list_id, running_number, look_id);
CREATE INDEX look_user ON gateway.look (user_id, look_id);

-- Append-only for everybody, the owner too.
CREATE FUNCTION gateway.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of %.% are only ever added', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER look_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.look
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_change();

-- The role that reads pages adds rows and can do nothing else with them, nor set their time or number.
GRANT USAGE ON SCHEMA gateway TO fordeling_gateway_reader;
GRANT INSERT (municipality_id, list_id, running_number, part, user_id, display_name, role, channel, purpose, purpose_text,
              refusal) ON gateway.look TO fordeling_gateway_reader;
