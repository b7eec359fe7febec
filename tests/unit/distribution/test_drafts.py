"""Several colleagues at one draft: merged where they touched different things, refused where they touched the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import given, settings, strategies as st

from services.distribution.domain.answering import send_answer
from services.distribution.domain.codes import ChangeKind, DeclineReason, PlacementPolicy, SplitReason, WithdrawalReason
from services.distribution.domain.drafts import Form, Touched
from services.distribution.domain.events import DecisionsSaved
from services.distribution.domain.history import Change, ChangedDecision, change_of
from services.distribution.domain.households import Split
from services.distribution.domain.lists import Act, Decided, DistributionList
from services.distribution.domain.persons import Decision
from services.distribution.domain.refusals import (
    AlreadyAnswered,
    DraftConflict,
    FourEyesRequired,
    PersonsWereWithdrawn,
    Refusal,
    VersionConflict,
)
from services.distribution.domain.reply_clock import remind
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from services.distribution.domain.withdrawal import withdraw_persons
from tests.unit.distribution.samples import AT, KARI, NO_HOUSING, OLA, OTHER, a_list, asked, form, offered

LATER = AT + timedelta(minutes=5)
SECURITY = Decision(accept=False, reason=DeclineReason.SECURITY)
NUMBERS = range(1, 5)


def families() -> DistributionList:
    """Give two households of two."""
    return a_list(*(offered(number, household=(number + 1) // 2) for number in NUMBERS))


def done(decided: Decided | Refusal) -> DistributionList:
    assert isinstance(decided, tuple), decided
    return decided[0]


@dataclass(frozen=True)
class Edit:
    """What one colleague does to a form: to persons, households, the message."""

    persons: Mapping[int, Decision]
    households: Mapping[int, Split]
    message: str | None = None

    def on(self, seen: DistributionList) -> Form:
        """Fill in the whole form as it was rendered from ``seen``, with what was touched said."""
        shown = {person.running_number: person.decision for person in seen.persons}
        said = {split.household: split for split in seen.splits}
        touched = Touched(
            {number for number, decision in self.persons.items() if decision != shown[number]},
            {household for household, split in self.households.items() if split != said.get(household)},
            self.message is not None and self.message != seen.message,
        )
        message = seen.message if self.message is None else self.message
        return Form(
            list({**shown, **self.persons}.items()), message, list({**said, **self.households}.values()), touched
        )


DECISIONS = st.sampled_from([Decision(), NO_HOUSING, SECURITY, OTHER, replace(OTHER, reason_text="Noe annet.")])
SPLITS = {
    household: st.sampled_from([Split(household, confirmed=False), Split(household, reason=SplitReason.OTHER)])
    for household in (1, 2)
}
EDITS = st.builds(
    Edit,
    st.dictionaries(st.sampled_from(list(NUMBERS)), DECISIONS, max_size=3),
    st.fixed_dictionaries({}, optional=SPLITS),
    st.none() | st.sampled_from(["", "Hei", "Ring oss."]),
)


def words(current: DistributionList) -> tuple[object, ...]:
    return [person.decision for person in current.persons], current.splits, current.message


@settings(deadline=None)
@given(EDITS, EDITS, EDITS)
def test_two_at_once_are_merged_or_refused_and_never_overwritten(before: Edit, theirs: Edit, mine: Edit) -> None:
    """Both start from one page: what only one touched is as that one said; what both touched otherwise is refused."""
    received = families()
    seen = done(save_decisions(received, before.on(received), asked(received)))
    their_form, my_form = theirs.on(seen), mine.on(seen)
    saved = done(save_decisions(seen, their_form, asked(seen, OLA, LATER)))
    decided = save_decisions(saved, my_form, asked(seen, KARI, LATER))

    ours, others = my_form.touched, their_form.touched
    assert ours is not None
    assert others is not None
    said = [dict(form.decisions) for form in (their_form, my_form)]
    split = [{one.household: one for one in form.splits} for form in (their_form, my_form)]
    persons = sorted(n for n in set(ours.persons) & set(others.persons) if said[0][n] != said[1][n])
    households = sorted(n for n in set(ours.households) & set(others.households) if split[0][n] != split[1][n])
    message = ours.message and others.message and their_form.message != my_form.message
    if persons or households or message:
        at = (OLA.display_name, LATER)
        assert decided == DraftConflict(tuple(persons), tuple(households), message, *at)
        return
    merged = done(decided)
    for person in merged.persons:
        number = person.running_number
        assert person.decision == said[number in ours.persons][number]
    assert {one.household: one for one in merged.splits} == {
        household: split[household in ours.households][household] for household in split[0] | split[1]
    }
    assert merged.message == (my_form if ours.message else their_form).message
    if words(merged) == words(saved):
        assert merged == saved


@settings(deadline=None)
@given(EDITS, EDITS)
def test_saving_again_on_what_one_was_shown_is_taken(theirs: Edit, mine: Edit) -> None:
    """After a refusal the same answers on the version that was shown are a choice: they hold."""
    seen = families()
    saved = done(save_decisions(seen, theirs.on(seen), asked(seen, OLA, LATER)))
    form = mine.on(saved)
    again = done(save_decisions(saved, form, asked(saved)))
    assert [person.decision for person in again.persons] == [dict(form.decisions)[number] for number in NUMBERS]
    assert again.message == form.message


def test_a_form_that_does_not_say_what_it_touched_is_strict() -> None:
    """As from a municipal system, or a page of an older release: another version is refused, whatever it holds."""
    seen = families()
    saved = done(save_decisions(seen, Form([(1, NO_HOUSING)]), asked(seen, OLA, LATER)))
    refused = save_decisions(saved, Form([(3, SECURITY)]), asked(seen))
    assert refused == VersionConflict(1, 3, OLA.display_name, LATER)


def test_an_approval_is_of_what_was_reviewed() -> None:
    """It is never merged with what a colleague has saved since, touched or not."""
    seen = families()
    saved = done(save_decisions(seen, Form([(1, NO_HOUSING)], touched=Touched({1})), asked(seen, OLA, LATER)))
    assert approve(saved, Edit({}, {}).on(seen), asked(seen)) == VersionConflict(1, 3, OLA.display_name, LATER)


def test_an_approved_list_takes_no_draft_of_before() -> None:
    """Whoever saves on a page from before is told who has approved meanwhile, and nothing is merged into it."""
    seen = families()
    approved = done(approve(seen, form(seen), asked(seen, OLA, LATER)))
    refused = save_decisions(approved, Edit({1: NO_HOUSING}, {}).on(seen), asked(seen))
    assert refused == VersionConflict(1, approved.version, OLA.display_name, LATER)
    sent = done(send_answer(approved, asked(approved), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC))
    assert isinstance(save_decisions(sent, Edit({1: NO_HOUSING}, {}).on(seen), asked(seen)), AlreadyAnswered)


def test_imdis_withdrawal_is_told_and_not_merged() -> None:
    """Who saves on a page from before hears of it, also where they touched others."""
    seen = families()
    withdrawn = withdraw_persons(seen, [4], WithdrawalReason.OTHER, at=LATER)
    assert isinstance(withdrawn, tuple)
    refused = save_decisions(withdrawn[0], Edit({1: NO_HOUSING}, {}).on(seen), asked(seen))
    assert refused == PersonsWereWithdrawn((4,), LATER)


def test_a_version_that_nobody_has_had_is_not_merged() -> None:
    """Neither of the future nor none."""
    seen = done(save_decisions(families(), Edit({1: NO_HOUSING}, {}).on(families()), asked(1, OLA)))
    for version in (0, 99):
        refused = save_decisions(seen, Edit({2: NO_HOUSING}, {}).on(seen), asked(version))
        assert isinstance(refused, VersionConflict)


def test_a_reminder_between_them_is_nobodys_change() -> None:
    """The clock raises the version and touches no draft."""
    seen = families()
    reminded, _ = remind(seen, at=AT + timedelta(days=5))
    saved = done(save_decisions(reminded, Edit({1: NO_HOUSING}, {}).on(seen), asked(seen)))
    assert saved.persons[0].decision == NO_HOUSING


def test_each_step_tells_who_did_what() -> None:
    """Saved, approved, returned, sent: with persons, households and whether the message changed; no words."""
    received = families()
    steps = []
    current = received
    for decide in (
        lambda one: save_decisions(one, Form([(1, OTHER)], "Hei", [Split(1)]), asked(one, OLA)),
        lambda one: save_decisions(one, Form([(1, replace(OTHER, reason_text="Ny"))], "Hei", [Split(1)]), asked(one)),
        lambda one: approve(one, form(one, "Hei"), asked(one)),
        lambda one: return_to_treatment(one, asked(one, OLA)),
        lambda one: approve(one, form(one, "Hei"), asked(one)),
        lambda one: send_answer(one, asked(one, OLA), accepted_at=AT, policy=PlacementPolicy.AUTOMATIC),
    ):
        decided = decide(current)
        assert isinstance(decided, tuple)
        steps.append(change_of(current, *decided))
        current = decided[0]
    kari, ola = (Act(one.user_id, one.display_name, AT) for one in (KARI, OLA))
    declined, accepted = ChangedDecision(1, accept=False, reason=DeclineReason.OTHER), ChangedDecision(1, accept=True)
    assert steps == [
        Change(3, ChangeKind.SAVED, ola, (declined,), (1,), message=True),
        Change(4, ChangeKind.SAVED, kari, (declined,)),
        Change(5, ChangeKind.APPROVED, kari, (accepted,), (1,)),
        Change(6, ChangeKind.RETURNED, ola),
        Change(7, ChangeKind.APPROVED, kari),
        Change(8, ChangeKind.SENT, ola),
    ]


def test_what_imdi_does_is_not_the_municipalitys_history() -> None:
    """An approval that falls with a withdrawal was nobody's choice in the municipality."""
    received = families()
    approved = done(approve(received, form(received), asked(received)))
    fallen = withdraw_persons(approved, [4], WithdrawalReason.OTHER, at=LATER)
    assert isinstance(fallen, tuple)
    assert change_of(approved, *fallen) is None
    assert change_of(fallen[0], fallen[0], (DecisionsSaved(9, 1, 1),)) is not None


def test_four_eyes_keep_the_approver_from_sending() -> None:
    """Where the municipality wants it; a colleague may send, and so may the approver once somebody else approves."""
    received = families()
    approved = done(approve(received, form(received), asked(received, KARI)))
    how = {"accepted_at": AT, "policy": PlacementPolicy.AUTOMATIC}
    assert send_answer(approved, asked(approved, KARI), four_eyes=True, **how) == FourEyesRequired(AT)  # type: ignore[arg-type]
    assert done(send_answer(approved, asked(approved, OLA), four_eyes=True, **how)).answered  # type: ignore[arg-type]
    assert done(send_answer(approved, asked(approved, KARI), **how)).answered  # type: ignore[arg-type]
    returned = done(return_to_treatment(approved, asked(approved, OLA)))
    theirs = done(approve(returned, form(returned), asked(returned, OLA)))
    assert done(send_answer(theirs, asked(theirs, KARI), four_eyes=True, **how)).answered  # type: ignore[arg-type]
