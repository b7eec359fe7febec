-- Before deploy. What the gateway keeps of a municipality lies behind forced policies too, as the read model does (0501).
-- depends: 0515.gateway-looks

-- The owner serves all municipalities with these: it hands over, repeats and forgets. What a page or the API finds of a
-- command is read as the reader, and is of the municipality that its transaction names.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['command', 'command_waiting', 'api_request', 'look'] LOOP
        EXECUTE format('ALTER TABLE gateway.%I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('ALTER TABLE gateway.%I FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY own_process ON gateway.%I TO CURRENT_USER USING (true) WITH CHECK (true)', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['command', 'api_request'] LOOP
        EXECUTE format(
            'CREATE POLICY own_municipality ON gateway.%I FOR SELECT TO fordeling_gateway_reader '
            'USING (municipality_id = (SELECT nullif(current_setting(''fordeling.municipality'', true), '''')))',
            name
        );
    END LOOP;
END
$$;

-- Of a command only what its page shows: not the message, which has all that was decided.
GRANT SELECT (command_id, municipality_id, user_id, kind, subject, form) ON gateway.command TO fordeling_gateway_reader;
GRANT SELECT (command_id, municipality_id, user_id, kind, subject) ON gateway.api_request TO fordeling_gateway_reader;

-- A look names the municipality that was asked for, which is not always one's own: any may be added, none be read.
CREATE POLICY looks_are_added ON gateway.look FOR INSERT TO fordeling_gateway_reader WITH CHECK (true);
