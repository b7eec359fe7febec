-- Before deploy. The login provider may end a session by the id that it has for it (back-channel logout).
-- depends: 0545.gateway-audit

-- sid_hash: SHA-256 of the provider's id of its session; NULL: it told none. Sessions are few: there is no index.
ALTER TABLE gateway.session ADD COLUMN sid_hash bytea;
