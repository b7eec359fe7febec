-- Before deploy. A person that IMDi took back holds no place any more.
-- depends: 0203.municipality-rejections

ALTER TABLE ledger_holding
    DROP CONSTRAINT ledger_holding_stage_check,
    ADD CONSTRAINT ledger_holding_stage_check
        CHECK (stage IN ('requested', 'placed', 'settled', 'released', 'withdrawn'));
