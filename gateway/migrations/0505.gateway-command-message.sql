-- Before deploy. A command whose outcome does not come is sent again, as the same one.
-- depends: 0502.gateway-lasting

-- message: {"topic", "type", "body"}, what was sent; gone once the outcome is here, with its words and decisions.
-- sent_at: when Kafka last had it for certain; NULL: never, and then its sender was told so.
ALTER TABLE gateway.command ADD COLUMN message jsonb, ADD COLUMN sent_at timestamptz;
