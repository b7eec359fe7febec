-- Before deploy. Who acts for a successor acts for the municipalities that have merged into it.
-- depends: 0504.gateway-ledger

ALTER TABLE readmodel.municipality ADD COLUMN successor text, ADD COLUMN merged_on date;
