-- Before deploy. A municipality reads who of its own has looked at a person placed there (docs/audit.md).
-- depends: 0560.gateway-news

-- Of the rows that name the municipality, and of these only looks of people with a role in it: not who else tried.
GRANT SELECT (look_id, at, municipality_id, list_id, running_number, part, user_id, display_name, role, channel, purpose,
              purpose_text, allowed) ON gateway.look TO fordeling_gateway_reader;
CREATE POLICY own_municipality ON gateway.look FOR SELECT TO fordeling_gateway_reader
    USING (municipality_id = (SELECT nullif(current_setting('fordeling.municipality', true), '')));
CREATE POLICY of_their_own ON gateway.look AS RESTRICTIVE FOR SELECT TO fordeling_gateway_reader
    USING (role IS NOT NULL AND refusal IS NULL);
