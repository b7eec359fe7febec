-- Before deploy. IMDi takes a list or a person back: when, why, and at which version of the list.
-- depends: 0103.distribution-originals

ALTER TABLE distribution_list
    ADD COLUMN withdrawal_reason text,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_version bigint,
    DROP CONSTRAINT distribution_list_status_check,
    DROP CONSTRAINT distribution_list_check4,
    DROP CONSTRAINT distribution_list_check5,
    ADD CONSTRAINT distribution_list_status_check
        CHECK (status IN ('received', 'under_treatment', 'approved', 'answered', 'withdrawn')),
    -- A withdrawn list keeps what came before: it may have been approved, or answered.
    ADD CONSTRAINT distribution_list_answered CHECK ((status = 'answered') = (answered_at IS NOT NULL)
        OR status = 'withdrawn'),
    ADD CONSTRAINT distribution_list_approved CHECK ((status IN ('approved', 'answered')) = (approved_at IS NOT NULL)
        OR status = 'withdrawn'),
    ADD CONSTRAINT distribution_list_withdrawn CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    ADD CONSTRAINT distribution_list_withdrawal
        CHECK (num_nonnulls(withdrawal_reason, withdrawn_at, withdrawn_version) IN (0, 3));

ALTER TABLE person
    ADD COLUMN withdrawal_reason text,
    ADD COLUMN withdrawn_at timestamptz,
    ADD COLUMN withdrawn_version bigint,
    DROP CONSTRAINT person_status_check,
    DROP CONSTRAINT person_check2,
    ADD CONSTRAINT person_status_check
        CHECK (status IN ('requested', 'accepted', 'declined', 'placed', 'settled', 'withdrawn')),
    -- A withdrawn person keeps the day it was placed on.
    ADD CONSTRAINT person_placed CHECK ((status IN ('placed', 'settled')) = (placed_on IS NOT NULL)
        OR status = 'withdrawn'),
    ADD CONSTRAINT person_withdrawn CHECK ((status = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    ADD CONSTRAINT person_withdrawal
        CHECK (num_nonnulls(withdrawal_reason, withdrawn_at, withdrawn_version) IN (0, 3));
