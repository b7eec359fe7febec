"""Whatever is asked of a list in whatever order, what must hold of it holds."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.distribution.domain.answering import confirm_placement, send_answer
from services.distribution.domain.calendar import Week, day_in_oslo
from services.distribution.domain.codes import (
    DeclineReason,
    ListStatus,
    PersonStatus,
    PlacementPolicy,
    WithdrawalReason,
)
from services.distribution.domain.drafts import Form
from services.distribution.domain.events import (
    MOVES_PLACES,
    ListAnswered,
    ListEvent,
    ListWithdrawn,
    PersonSettled,
    PersonsPlaced,
    PersonsWithdrawn,
    SettlementPlanned,
)
from services.distribution.domain.lists import Asked, Decided
from services.distribution.domain.offers import receive
from services.distribution.domain.persons import Decision
from services.distribution.domain.problems import Problem
from services.distribution.domain.refusals import AlreadyAnswered, Refusal
from services.distribution.domain.reply_clock import extend, remind
from services.distribution.domain.settlement import MovedIn, plan_settlement, register_settlement, register_settlements
from services.distribution.domain.treatment import approve, return_to_treatment, save_decisions
from services.distribution.domain.withdrawal import withdraw_list, withdraw_persons
from tests.unit.distribution.samples import AT, KARI, OLA, OSLO, READER, body, incoming, minor, offered

DECISIONS = st.builds(
    Decision,
    accept=st.booleans(),
    reason=st.none() | st.sampled_from(DeclineReason),
    reason_text=st.none() | st.sampled_from(["", " ", "Bør bo nær familien."]),
)
FORMS = st.builds(
    Form,
    st.one_of(
        st.tuples(*(st.tuples(st.just(number), DECISIONS) for number in range(1, 5))).map(list),
        st.lists(st.tuples(st.integers(1, 6), DECISIONS), min_size=1, max_size=6),
    ),
    st.sampled_from(["", "Hei"]),
)
STALENESS = st.sampled_from([0, 0, 0, 0, 1, 2])
ACTORS = st.sampled_from([KARI, KARI, OLA, READER])
PERSONS = st.lists(st.integers(1, 5), min_size=1, max_size=4)
DAYS = st.integers(-3, 12)


class ListLife(RuleBasedStateMachine):
    """A list of four persons, and all that may be asked of it."""

    @initialize(policy=st.sampled_from(PlacementPolicy))
    def receive(self, policy: PlacementPolicy) -> None:
        offer = incoming(body(persons=[offered(1), offered(2), minor(3), minor(4)])).offer
        assert offer is not None
        self.policy = policy
        self.now = AT
        self.list, events = receive(offer, OSLO, AT)
        self.events: list[ListEvent] = list(events)

    def asked(self, actor: object, stale: int) -> Asked:
        assert actor in (KARI, OLA, READER)
        return Asked(actor, self.list.version - stale, self.now)  # type: ignore[arg-type]

    def decide(self, decided: Decided | Refusal | list[Problem], asked: Asked | None = None) -> None:
        before = self.list
        if not isinstance(decided, tuple):
            return
        assert asked is None or (asked.actor.role.may_write and before.is_as_seen_at(asked.expected_version))
        self.list, events = decided
        self.events += events
        if not events:
            assert self.list == before
        if before.status is ListStatus.WITHDRAWN:
            assert events == ()
        if before.status is ListStatus.ANSWERED:
            allowed = PersonsPlaced | PersonSettled | SettlementPlanned | PersonsWithdrawn | ListWithdrawn
            assert all(isinstance(event, allowed) for event in events)
            assert (self.list.answered, self.list.message, self.list.late) == (
                before.answered, before.message, before.late,
            )  # fmt: skip
            assert [one.decision for one in self.list.persons] == [one.decision for one in before.persons]

    @rule(form=FORMS, actor=ACTORS, stale=STALENESS)
    def save(self, form: Form, actor: object, stale: int) -> None:
        asked = self.asked(actor, stale)
        self.decide(save_decisions(self.list, form, asked), asked)

    @rule(form=FORMS, actor=ACTORS, stale=STALENESS)
    def approve(self, form: Form, actor: object, stale: int) -> None:
        asked = self.asked(actor, stale)
        self.decide(approve(self.list, form, asked), asked)

    @rule(actor=ACTORS, stale=STALENESS)
    def approve_all(self, actor: object, stale: int) -> None:
        asked = self.asked(actor, stale)
        self.decide(approve(self.list, Form([(number, Decision()) for number in range(1, 5)]), asked), asked)

    @rule(actor=ACTORS, stale=STALENESS)
    def take_back(self, actor: object, stale: int) -> None:
        asked = self.asked(actor, stale)
        self.decide(return_to_treatment(self.list, asked), asked)

    @rule(actor=ACTORS, stale=STALENESS, days=DAYS)
    def send(self, actor: object, stale: int, days: int) -> None:
        asked = self.asked(actor, stale)
        was_answered = self.list.answered
        decided = send_answer(self.list, asked, accepted_at=self.now + timedelta(days=days), policy=self.policy)
        if was_answered and not self.list.withdrawn and asked.actor.role.may_write:
            assert decided == AlreadyAnswered(was_answered.display_name, was_answered.at)
        self.decide(decided, asked)

    @rule(placed=st.lists(st.integers(1, 5), min_size=1, max_size=4))
    def confirm(self, placed: list[int]) -> None:
        self.decide(confirm_placement(self.list, placed, at=self.now))

    @rule(actor=ACTORS, stale=STALENESS, number=st.integers(1, 5), days=DAYS)
    def settle(self, actor: object, stale: int, number: int, days: int) -> None:
        asked, day = self.asked(actor, stale), day_in_oslo(self.now) + timedelta(days=days)
        self.decide(register_settlement(self.list, asked, running_number=number, settlement_date=day), asked)

    @rule(actor=ACTORS, stale=STALENESS, numbers=PERSONS, days=DAYS, reason=st.sampled_from([None, "Skrivefeil"]))
    def settle_together(self, actor: object, stale: int, numbers: list[int], days: int, reason: str | None) -> None:
        asked, day = self.asked(actor, stale), day_in_oslo(self.now) + timedelta(days=days)
        moved_in = [MovedIn(number, day, reason) for number in numbers]
        self.decide(register_settlements(self.list, asked, moved_in), asked)

    @rule(actor=ACTORS, stale=STALENESS, numbers=PERSONS, weeks=st.integers(-2, 110))
    def plan(self, actor: object, stale: int, numbers: list[int], weeks: int) -> None:
        asked = self.asked(actor, stale)
        week = Week.of(day_in_oslo(self.now) + timedelta(weeks=weeks))
        self.decide(plan_settlement(self.list, asked, numbers, None if weeks == 0 else week), asked)

    @rule(numbers=st.lists(st.integers(1, 5), min_size=1, max_size=3), reason=st.sampled_from(WithdrawalReason))
    def withdraw_some(self, numbers: list[int], reason: WithdrawalReason) -> None:
        self.decide(withdraw_persons(self.list, numbers, reason, at=self.now))

    @precondition(lambda self: self.list.version > 4)
    @rule()
    def withdraw_all(self) -> None:
        settled = self.list.settled
        decided = withdraw_list(self.list, WithdrawalReason.OTHER, at=self.now)
        assert isinstance(decided, tuple) == (settled == 0)
        self.decide(decided)

    @rule()
    def remind(self) -> None:
        """Nobody's work is touched: whoever was up to date before still is."""
        before = self.list
        self.decide(remind(self.list, at=self.now))
        assert self.list.is_as_seen_at(before.version)
        assert remind(self.list, at=self.now) == (self.list, ())

    @rule(days=st.integers(-1, 6))
    def extend(self, days: int) -> None:
        waits = self.list.answered is None and self.list.withdrawn is None
        decided = extend(self.list, self.list.deadline + timedelta(days=days), at=self.now)
        before = self.list
        self.decide(decided)
        assert self.list.deadline >= before.deadline
        assert waits or self.list == before

    @rule(days=st.integers(1, 5))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def every_event_is_one_version(self) -> None:
        assert [event.version for event in self.events] == list(range(1, self.list.version + 1))
        assert self.list.places_version == max(e.version for e in self.events if isinstance(e, MOVES_PLACES))

    @invariant()
    def nobody_is_lost(self) -> None:
        assert len(self.list.persons) == 4
        assert self.list.accepted + self.list.declined + len(self.withdrawn()) == 4
        assert 0 <= self.list.settled <= self.list.placed <= self.list.accepted

    def withdrawn(self) -> list[int]:
        facts = [event for event in self.events if isinstance(event, PersonsWithdrawn | ListWithdrawn)]
        numbers = [person.running_number for event in facts for person in event.persons]
        assert len(numbers) == len(set(numbers))
        return numbers

    @invariant()
    def withdrawn_is_withdrawn(self) -> None:
        gone = [one.running_number for one in self.list.persons if one.status is PersonStatus.WITHDRAWN]
        assert gone == sorted(self.withdrawn())
        assert all((one.withdrawn is None) == (one.running_number not in gone) for one in self.list.persons)
        lists = [event for event in self.events if isinstance(event, ListWithdrawn)]
        assert len(lists) == (self.list.status is ListStatus.WITHDRAWN) == (self.list.withdrawn is not None)
        if lists:
            assert {one.status for one in self.list.persons} <= {PersonStatus.WITHDRAWN, PersonStatus.DECLINED}

    @invariant()
    def what_was_approved_is_whole(self) -> None:
        if self.list.approved is None:
            assert self.list.status in {ListStatus.RECEIVED, ListStatus.UNDER_TREATMENT, ListStatus.WITHDRAWN}
        else:
            assert self.list.status in {ListStatus.APPROVED, ListStatus.ANSWERED, ListStatus.WITHDRAWN}
            assert all(person.decision.is_complete for person in self.list.present)

    @invariant()
    def there_is_one_answer_at_most(self) -> None:
        answers = [event for event in self.events if isinstance(event, ListAnswered)]
        assert len(answers) == (self.list.answered is not None) <= 1
        if self.list.status is ListStatus.ANSWERED:
            assert answers
        for answer in answers:
            named = sorted(person.running_number for person in (*answer.accepted, *answer.declined))
            early = {one.running_number for one in self.list.persons
                     if one.withdrawn and one.withdrawn.version < answer.version}  # fmt: skip
            assert named == sorted({1, 2, 3, 4} - early)
            assert len(answer.declined) == self.list.declined
            assert len(answer.accepted) == self.list.accepted + len(self.withdrawn()) - len(early)

    @invariant()
    def each_person_is_where_its_facts_put_it(self) -> None:
        placed = [one for event in self.events if isinstance(event, PersonsPlaced) for one in event.persons]
        assert len(placed) == len({one.running_number for one in placed})
        present = {one.running_number for one in self.list.present}
        assert len({one.running_number for one in placed} & present) == self.list.placed
        for person in self.list.present:
            if self.list.answered is None:
                assert person.status is PersonStatus.REQUESTED
            elif not person.decision.accept:
                assert person.status is PersonStatus.DECLINED
            elif person.placed_on is None:
                assert person.status is PersonStatus.ACCEPTED
            else:
                assert self.settled_in_time(person.placed_on, person.settlement_date)
            assert person.settlement_date == (person.settlements[-1].day if person.settlements else None)

    def settled_in_time(self, placed: date, settled: date | None) -> bool:
        return placed <= day_in_oslo(self.now) and (settled is None or placed <= settled <= day_in_oslo(self.now))


TestListLife = ListLife.TestCase
TestListLife.settings = settings(max_examples=120, stateful_step_count=25, deadline=None)
