-- Before deploy.
-- What operators did with topics: bodies shown, records written out, positions of groups moved. Written before it is
-- done, in no case changed or deleted: ids, topics and reasons only. selection: what was asked for, as it was written.
CREATE TABLE gateway.operator_act (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    act text NOT NULL CHECK (act IN ('shown', 'written-out', 'group-moved', 'group-made')),
    target text NOT NULL CHECK (target <> ''),
    selection jsonb NOT NULL,
    done_by text NOT NULL CHECK (done_by <> ''),
    reason text NOT NULL CHECK (length(reason) >= 10),
    done_at timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION gateway.operator_act_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what operators did is kept as it is' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER operator_act_is_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON gateway.operator_act
    FOR EACH STATEMENT EXECUTE FUNCTION gateway.operator_act_is_kept();
