-- Before deploy. Looks at the persons of a list, before anybody knows who they are, are rows of the audit itself.
-- depends: 0546.gateway-audit-seals 0556.gateway-audit-isolation

GRANT INSERT (purpose) ON gateway.audit TO fordeling_gateway_reader;
