-- Before deploy. The record of looks and acts lies behind forced policies, as all that names a municipality does (0555).
-- depends: 0545.gateway-audit 0555.gateway-isolation

ALTER TABLE gateway.audit ENABLE ROW LEVEL SECURITY;
ALTER TABLE gateway.audit FORCE ROW LEVEL SECURITY;
CREATE POLICY own_process ON gateway.audit TO CURRENT_USER USING (true) WITH CHECK (true);
-- A refusal names the municipality that was asked for, which is not one's own: any may be added, none be read.
CREATE POLICY refusals_are_added ON gateway.audit FOR INSERT TO fordeling_gateway_reader WITH CHECK (true);
