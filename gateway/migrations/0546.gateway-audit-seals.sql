-- Before deploy. What makes a change of the audit show: a chain of seals, anchors outside, and a rule for what may go.
-- depends: 0545.gateway-audit

-- A batch of rows. ids: their numbers, as ranges; digests: 32 bytes a row, in their order; previous: the digest of the
-- batch before. Made by the sealer (gateway/audit/sealer.py), checked by `fordeling audit verify`.
CREATE TABLE gateway.audit_seal (
    batch bigint PRIMARY KEY CHECK (batch > 0),
    ids int8multirange NOT NULL CHECK (NOT isempty(ids)),
    digests bytea NOT NULL,
    oldest timestamptz NOT NULL,
    newest timestamptz NOT NULL,
    previous bytea NOT NULL CHECK (length(previous) = 32),
    sealed_at timestamptz NOT NULL,
    digest bytea NOT NULL UNIQUE CHECK (length(digest) = 32)
);
CREATE TRIGGER audit_seal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.audit_seal
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_change();

-- What was told outside the database: on audit.anchors.v1 and in the object store. stored_at: when the object was there.
CREATE TABLE gateway.audit_anchor (
    anchor bigint PRIMARY KEY CHECK (anchor > 0),
    batch bigint NOT NULL REFERENCES gateway.audit_seal,
    digest bytea NOT NULL,
    anchored_at timestamptz NOT NULL,
    stored_at timestamptz
);

-- Until which batch rows may go. Seals stay, so that the chain can still be walked.
CREATE TABLE gateway.audit_pruning (
    through bigint PRIMARY KEY REFERENCES gateway.audit_seal,
    older_than timestamptz NOT NULL,
    done_by text NOT NULL CHECK (done_by <> ''),
    reason text NOT NULL CHECK (length(reason) >= 10),
    done_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE TRIGGER audit_pruning_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.audit_pruning
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_change();

-- Nobody declares that younger rows may go: a year is the least, whatever retention is configured.
CREATE FUNCTION gateway.audit_pruning_is_of_old() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM gateway.audit_seal
               WHERE batch <= NEW.through AND newest >= clock_timestamp() - interval '365 days') THEN
        RAISE EXCEPTION 'rows of the audit stay for a year at least' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER audit_pruning_is_of_old BEFORE INSERT ON gateway.audit_pruning
    FOR EACH ROW EXECUTE FUNCTION gateway.audit_pruning_is_of_old();

-- Only rows of batches that were declared so may be taken away; and only with them what they were made of.
CREATE FUNCTION gateway.audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone
        WHERE NOT EXISTS (SELECT FROM gateway.audit_seal
                          WHERE batch <= (SELECT max(through) FROM gateway.audit_pruning) AND ids @> gone.audit_id)
    ) THEN
        RAISE EXCEPTION 'rows of the audit are only ever added' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER audit_stays AFTER DELETE ON gateway.audit REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.audit_stays();

CREATE FUNCTION gateway.audit_source_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM gone CROSS JOIN LATERAL (SELECT to_jsonb(gone)) AS given (fields)
        JOIN gateway.audit ON source = TG_TABLE_NAME AND source_id = (fields ->> TG_ARGV[0])::bigint
    ) THEN
        RAISE EXCEPTION 'rows of %.% stay as long as the audit tells of them', TG_TABLE_SCHEMA, TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER look_append_only BEFORE UPDATE OR TRUNCATE ON gateway.look
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.refuse_change();
CREATE TRIGGER look_stays AFTER DELETE ON gateway.look REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.audit_source_stays('look_id');
CREATE OR REPLACE TRIGGER operator_act_is_kept BEFORE UPDATE OR TRUNCATE ON gateway.operator_act
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.operator_act_is_kept();
CREATE TRIGGER operator_act_stays AFTER DELETE ON gateway.operator_act REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.audit_source_stays('id');

-- Takes away the rows of whole batches all of which is older: most batches at once. Tells the last of them (NULL: there
-- was nothing) and how many rows went. Who and why is declared first, and is a row of the audit itself.
CREATE FUNCTION gateway.audit_prune(older timestamptz, most integer, by_whom text, why text, OUT through bigint, OUT taken bigint)
LANGUAGE plpgsql AS $$
DECLARE
    before bigint := coalesce((SELECT max(p.through) FROM gateway.audit_pruning AS p), 0);
    numbers bigint[];
BEGIN
    SELECT max(batch) INTO through FROM (
        SELECT batch FROM gateway.audit_seal
        WHERE batch > before AND batch < coalesce(
            (SELECT min(batch) FROM gateway.audit_seal WHERE batch > before AND newest >= older), 9223372036854775807)
        ORDER BY batch LIMIT most
    ) AS old;
    taken := 0;
    IF through IS NULL THEN
        RETURN;
    END IF;
    INSERT INTO gateway.operator_act (act, target, selection, done_by, reason)
    VALUES ('audit-pruned', 'gateway.audit', jsonb_build_object('through', through, 'older_than', older), by_whom, why);
    INSERT INTO gateway.audit_pruning (through, older_than, done_by, reason) VALUES (through, older, by_whom, why);
    SELECT array_agg(audit_id) INTO numbers
    FROM (SELECT unnest(ids) AS part FROM gateway.audit_seal WHERE batch > before AND batch <= through) AS parts
    JOIN gateway.audit ON audit_id >= lower(part) AND audit_id < upper(part);
    CREATE TEMPORARY TABLE audit_gone ON COMMIT DROP AS
        SELECT source, source_id FROM gateway.audit WHERE audit_id = ANY(numbers) AND source IS NOT NULL;
    DELETE FROM gateway.audit WHERE audit_id = ANY(numbers);
    GET DIAGNOSTICS taken = ROW_COUNT;
    DELETE FROM gateway.look WHERE look_id IN (SELECT source_id FROM audit_gone WHERE source = 'look');
    DELETE FROM gateway.operator_act WHERE id IN (SELECT source_id FROM audit_gone WHERE source = 'operator_act');
    DROP TABLE audit_gone;
END
$$;
