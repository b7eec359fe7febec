-- Before deploy. One record of looks and acts, of which rows are only ever added: docs/audit.md
-- depends: 0506.gateway-command-waiting 0515.gateway-looks 0520.gateway-operators

-- kind, what: look: the part that was asked for; command: its kind; session: login, logout; operation: what an operator
--   did; refusal: the route, or the kind of a command that its owner refused.
-- channel NULL: by a page or the API, which of them the source does not say.
-- user_id: a pseudonym, of an operator the account; NULL: nobody that we know.
-- subject, running_number: the list and person, or what else an act was about. No name, number or words of a person.
-- purpose: why, as a code. refusal NULL: it was allowed.
-- details: ids and codes; "words": SHA-256 of what the row that it was made of holds in words.
-- salt: so that a digest of the row, which outlives it, tells nobody what was in it.
CREATE TABLE gateway.audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    kind text NOT NULL CHECK (kind IN ('look', 'command', 'session', 'operation', 'refusal')),
    what text NOT NULL CHECK (what <> ''),
    channel text CHECK (channel IN ('page', 'api', 'command-line')),
    user_id text,
    role text,
    municipality_id text,
    subject text,
    running_number integer,
    purpose text,
    refusal text,
    details jsonb NOT NULL DEFAULT '{}',
    source text CHECK (source IN ('look', 'operator_act')),
    source_id bigint,
    salt uuid NOT NULL DEFAULT gen_random_uuid(),
    allowed boolean NOT NULL GENERATED ALWAYS AS (refusal IS NULL) STORED,
    CHECK ((source IS NULL) = (source_id IS NULL))
);
CREATE INDEX audit_person ON gateway.audit (subject, running_number, audit_id);
CREATE INDEX audit_user ON gateway.audit (user_id, audit_id);
CREATE INDEX audit_at ON gateway.audit (at);
CREATE UNIQUE INDEX audit_source ON gateway.audit (source, source_id) WHERE source IS NOT NULL;

-- What no batch holds yet. A row whose transaction ends late is here from then on, whatever its number.
CREATE TABLE gateway.audit_unsealed (
    audit_id bigint PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION gateway.audit_is_added() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit_unsealed (audit_id) VALUES (NEW.audit_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_is_added AFTER INSERT ON gateway.audit
    FOR EACH ROW EXECUTE FUNCTION gateway.audit_is_added();

-- From here on every look, command, login and act of an operator has its row, written in its own transaction: without the
-- row there is no look either. The triggers lock the tables, so that nothing falls between them and what was there before.
CREATE FUNCTION gateway.words_digest(VARIADIC words text[]) RETURNS text LANGUAGE sql IMMUTABLE
    RETURN encode(sha256(convert_to(array_to_json(words)::text, 'UTF8')), 'hex');

CREATE FUNCTION gateway.audit_of_look() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, channel, user_id, role, municipality_id, subject, running_number, purpose,
                               refusal, details, source, source_id)
    VALUES ('look', NEW.part, NEW.channel, NEW.user_id, NEW.role, NEW.municipality_id, NEW.list_id, NEW.running_number,
            NEW.purpose, NEW.refusal,
            jsonb_build_object('words', gateway.words_digest(NEW.display_name, NEW.purpose_text)), 'look', NEW.look_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_of_look AFTER INSERT ON gateway.look FOR EACH ROW EXECUTE FUNCTION gateway.audit_of_look();

CREATE FUNCTION gateway.audit_of_operator_act() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, channel, user_id, subject, details, source, source_id)
    VALUES ('operation', NEW.act, 'command-line', NEW.done_by, NEW.target,
            jsonb_build_object('words', gateway.words_digest(NEW.reason, NEW.selection::text)), 'operator_act', NEW.id);
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_of_operator_act AFTER INSERT ON gateway.operator_act
    FOR EACH ROW EXECUTE FUNCTION gateway.audit_of_operator_act();

-- persons: running numbers that the command names; of what it says nothing else.
CREATE FUNCTION gateway.audit_of_command() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, user_id, role, municipality_id, subject, details)
    VALUES ('command', NEW.kind, NEW.user_id, NEW.message #>> '{body,actor,role}', NEW.municipality_id, NEW.subject,
            jsonb_build_object('command_id', NEW.command_id, 'persons', (
                SELECT coalesce(jsonb_agg(DISTINCT number ORDER BY number), '[]')
                FROM jsonb_path_query(NEW.message -> 'body', '$.**.running_number') AS number)));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_of_command AFTER INSERT ON gateway.command
    FOR EACH ROW EXECUTE FUNCTION gateway.audit_of_command();

-- An owner's refusal of a command; one that came by no command of ours names nobody.
CREATE FUNCTION gateway.audit_of_outcome() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, user_id, role, municipality_id, subject, refusal, details)
    SELECT 'refusal', kind, user_id, message #>> '{body,actor,role}', municipality_id, subject,
           coalesce(NEW.problem, 'refused'), jsonb_build_object('command_id', command_id)
    FROM gateway.command WHERE command_id = NEW.command_id;
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_of_outcome AFTER INSERT ON gateway.command_outcome
    FOR EACH ROW WHEN (NOT NEW.accepted) EXECUTE FUNCTION gateway.audit_of_outcome();

CREATE FUNCTION gateway.audit_of_login() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
    INSERT INTO gateway.audit (kind, what, channel, user_id, details)
    VALUES ('session', 'login', 'page', NEW.user_id, jsonb_build_object('grants', NEW.grants));
    RETURN NULL;
END
$$;
CREATE TRIGGER audit_of_login AFTER INSERT ON gateway.session
    FOR EACH ROW EXECUTE FUNCTION gateway.audit_of_login();

INSERT INTO gateway.audit (at, kind, what, channel, user_id, role, municipality_id, subject, running_number, purpose, refusal,
                           details, source, source_id)
SELECT at, 'look', part, channel, user_id, role, municipality_id, list_id, running_number, purpose, refusal,
       jsonb_build_object('words', gateway.words_digest(display_name, purpose_text)), 'look', look_id
FROM gateway.look ORDER BY look_id;

INSERT INTO gateway.audit (at, kind, what, channel, user_id, subject, details, source, source_id)
SELECT done_at, 'operation', act, 'command-line', done_by, target,
       jsonb_build_object('words', gateway.words_digest(reason, selection::text)), 'operator_act', id
FROM gateway.operator_act ORDER BY id;

-- Nobody tells a row's time or salt but the database, from now on.
CREATE FUNCTION gateway.audit_is_now() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.at := clock_timestamp();
    NEW.salt := gen_random_uuid();
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_is_now BEFORE INSERT ON gateway.audit FOR EACH ROW EXECUTE FUNCTION gateway.audit_is_now();
CREATE TRIGGER audit_append_only BEFORE UPDATE OR TRUNCATE ON gateway.audit
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_change();
-- By row: retention comes with a rule of its own for which.
CREATE TRIGGER audit_stays BEFORE DELETE ON gateway.audit FOR EACH ROW EXECUTE FUNCTION gateway.refuse_change();

-- The role that reads pages adds refusals; it can read none of it, nor change anything.
GRANT INSERT (kind, what, channel, user_id, role, municipality_id, subject, running_number, refusal, details)
    ON gateway.audit TO fordeling_gateway_reader;

-- More kinds of operators' acts than those with topics.
ALTER TABLE gateway.operator_act DROP CONSTRAINT operator_act_act_check,
    ADD CONSTRAINT operator_act_act_check CHECK (act IN (
        'shown', 'written-out', 'group-moved', 'group-made',
        'message-shown', 'redriven', 'discarded', 'released', 'decided',
        'audit-reported', 'audit-exported', 'audit-pruned'
    ));
