"""A municipality that becomes part of another one, at each door: it works for the successor, or is refused by name.

Everything is real but the broker: five databases, the services' own handlers, a clock that a test moves over midnight.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from contracts import topics
from contracts.codes import Role, WithdrawalReason
from contracts.distribution import threads_v1, v1 as distribution
from contracts.envelope import Message
from contracts.imdi import v1 as imdi
from contracts.municipality import four_eyes, reports
from contracts.municipality.mergers import MunicipalityMerged
from contracts.municipality.v1 import RegisterResolution, RegisterState
from contracts.outcomes import CommandAccepted, CommandRefused
from gateway.auth.machines import READ_SCOPE, WRITE_SCOPE, Caller, Municipalities
from gateway.auth.rights import Grant
from gateway.auth.sessions import Sessions
from gateway.auth.users import Access, Merged
from ops.commands.four_eyes import four_eyes as four_eyes_command
from ops.reconcile.owners.municipality import MUNICIPALITIES, SHOWN_MUNICIPALITIES
from services.letters.adapters.units import unit_of as letters_unit
from services.municipality.adapters import messages, municipality_rows
from tests.integration.mergers.conftest import (
    BERIT,
    HOMES,
    HOUSING,
    OPERATIONS,
    WEEKS,
    Play,
    contacts,
    new_report_id,
    of,
    resolution,
)
from tests.integration.mergers.country import AFTER, ALESUND, BEFORE, HARAM, MERGED_ON, ORGANISATIONS, OSLO

pytestmark = pytest.mark.asyncio(loop_scope="module")

TAKEN: list[str] = []
MERGED, UNKNOWN_LIST = ["municipality-merged"], ["unknown-list"]


def extend(list_id: str, number: str) -> Message:
    return imdi.ExtendDeadline(list_id=list_id, municipality_number=number, deadline=date(2028, 3, 1))


def withdraw(list_id: str, number: str) -> Message:
    return imdi.WithdrawList(list_id=list_id, municipality_number=number, reason=WithdrawalReason.OFFERED_ELSEWHERE)


def withdraw_one(list_id: str, number: str) -> Message:
    return imdi.WithdrawPersons(
        list_id=list_id, municipality_number=number, persons=[2], reason=WithdrawalReason.OFFERED_ELSEWHERE
    )


def reply(list_id: str, number: str) -> Message:
    return imdi.ReplyInThread(list_id=list_id, municipality_number=number, reply_id=f"r-{list_id}", text="Ja.")


def correct_address(list_id: str, number: str) -> Message:
    address = imdi.PostalAddress(lines=["Ny vei 2"], postal_code="0001", city="Oslo")
    return imdi.CorrectAddress(list_id=list_id, municipality_number=number, running_number=1, address=address)


WORDS = (extend, withdraw, withdraw_one, reply, correct_address)
WHOSE_NUMBER = [
    (BEFORE, "1580", TAKEN),
    (AFTER, "1580", MERGED),
    (AFTER, "1508", TAKEN),
    (BEFORE, "1508", UNKNOWN_LIST),
    (AFTER, "0301", UNKNOWN_LIST),
]


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.__name__)
@pytest.mark.parametrize(("at", "number", "wrong"), WHOSE_NUMBER)
async def test_imdis_word_of_an_old_list(
    play: Play, word: Callable[[str, str], Message], at: datetime, number: str, wrong: list[str]
) -> None:
    """Until midnight in Norway it names the old number, from then on the successor's; nobody else's ever."""
    list_id = await play.offer("1580")
    before = play.last(list_id).body
    play.at(at)
    assert await play.imdi(word(list_id, number), number, list_id) == wrong
    after = play.last(list_id).body
    assert (after == before) == bool(wrong)
    assert after.municipality_id == HARAM


@pytest.mark.parametrize(
    ("at", "number", "wrong", "place"),
    [(BEFORE, "1580", TAKEN, HARAM), (AFTER, "1580", MERGED, None), (AFTER, "1508", TAKEN, ALESUND)],
)
async def test_imdi_asks_for_places(play: Play, at: datetime, number: str, wrong: list[str], place: str | None) -> None:
    """A request and a list go to the municipality that bears the number on the day; the old one is refused by name."""
    play.at(at)
    year = play.country.clock.now().year + 2
    asked = imdi.RequestPlaces(
        municipality_number=number, year=year, ordinary_places=7, unaccompanied_minor_places=0,
        answer_by=date(2028, 12, 1),
    )  # fmt: skip
    known = len(play.country.heard)
    assert await play.imdi(asked, number, f"{number}/{year}") == wrong
    if place is None:
        with pytest.raises(AssertionError, match="municipality-merged"):
            await play.offer(number, at)
        words = [error.message for one in play.country.heard[known:] if "rejections" in one.topic
                 for error in one.body.errors]  # fmt: skip
        assert all("1508" in message for message in words)
        assert not any(".state." in one.topic for one in play.country.heard[known:])
    else:
        assert play.last(f"{place}/{year}").body.request.ordinary_places == 7
        assert play.last(await play.offer(number, at)).body.municipality_id == place


def about(list_id: str, version: int) -> dict[str, Any]:
    return {"list_id": list_id, "municipality_id": HARAM, "actor": BERIT, "expected_version": version}


def save(list_id: str, version: int) -> Any:
    draft = [distribution.DraftDecision(running_number=number) for number in (1, 2)]
    return distribution.SaveDecisions(**about(list_id, version), decisions=draft)


def question(list_id: str, version: int) -> Any:
    command = about(list_id, version)
    del command["expected_version"]
    return threads_v1.AskQuestion(**command, text="Holder det med heis?")


async def test_the_successor_goes_on_with_a_list_from_draft_to_settled(play: Play) -> None:
    """Begun by the old municipality's people, answered by the new one's under the old id, once; folders open there."""
    list_id = await play.offer("1580")
    assert isinstance(await play.ask(topics.DISTRIBUTION_COMMANDS, save(list_id, 1), list_id), CommandAccepted)
    play.at(AFTER)
    asked = await play.ask(topics.DISTRIBUTION_COMMANDS, question(list_id, 2), list_id)
    assert isinstance(asked, CommandAccepted)
    assert await play.imdi(reply(list_id, "1508"), "1508", list_id) == TAKEN
    await play.answer(list_id, BERIT)
    told = [one for one in play.country.heard if one.topic == topics.DISTRIBUTION_ANSWERS.name]
    assert [one.body.municipality_number for one in told if one.body.list_id == list_id] == ["1580"]
    settle = distribution.RegisterSettlements(
        **about(list_id, play.last(list_id).envelope.sequence or 0),
        persons=[distribution.MovedIn(running_number=1, settlement_date=MERGED_ON)],
    )
    assert isinstance(await play.ask(topics.DISTRIBUTION_COMMANDS, settle, list_id), CommandAccepted)
    assert play.last(f"{list_id}/1").body.status.value == "settled"
    folders = await play.country.rooms["gateway"].pool.fetch(
        "SELECT municipality_id FROM readmodel.person_folder WHERE list_id = $1", list_id
    )
    assert [row["municipality_id"] for row in folders] == [HARAM, HARAM]


COMMANDS = [
    pytest.param(lambda: resolution(HARAM, 2027, places=41), None, id="an agreement that is there"),
    pytest.param(lambda: resolution(HARAM, 2030), "municipality-merged", id="a year with nothing in it"),
    pytest.param(lambda: contacts(HARAM, 3), "municipality-merged", id="contacts"),
    pytest.param(
        lambda: reports.ReportHousing(**of(HARAM, new_report_id(), 0, BERIT), housing=HOMES),
        "municipality-merged",
        id="a new report",
    ),
    pytest.param(lambda: reports.ConfirmReport(**of(HARAM, HOUSING, 1, BERIT)), None, id="confirm a report"),
    pytest.param(
        lambda: reports.ReportHousing(**of(HARAM, HOUSING, 2, BERIT), housing=HOMES.model_copy(update={"persons": 4})),
        None,
        id="change a report",
    ),
    pytest.param(lambda: reports.WithdrawReport(**of(HARAM, HOUSING, 3, BERIT)), None, id="withdraw a report"),
    pytest.param(
        lambda: reports.ReportWeeklyPlaces(
            **of(HARAM, reports.WEEKLY_PLACES_ID, 1, BERIT), weeks=[WEEKS[0].model_copy(update={"places": 0})]
        ),
        None,
        id="take back weekly places",
    ),
    pytest.param(
        lambda: four_eyes.RequireFourEyes(municipality_id=HARAM, required=False, actor=OPERATIONS), None, id="four eyes"
    ),
]


@pytest.mark.parametrize(("command", "problem"), COMMANDS)
async def test_what_is_there_can_be_changed_and_nothing_new_begins(
    play: Play, command: Callable[[], Any], problem: str | None
) -> None:
    """Agreements and reports of the old one are the successor's to put right; what is new goes under its own."""
    play.at(AFTER)
    body, known = command(), len(play.country.heard)
    if isinstance(body, RegisterResolution) and body.year == 2027:
        version = play.last(f"{HARAM}/2027").envelope.sequence
        body = body.model_copy(update={"expected_version": version})
    subject = getattr(body, "subject", HARAM)
    outcome = await play.ask(topics.MUNICIPALITY_COMMANDS, body, subject)
    assert (outcome.problem if isinstance(outcome, CommandRefused) else None) == problem
    if isinstance(outcome, CommandRefused):
        assert outcome.params == {"successor": ALESUND, "on": "2028-01-01"}
        assert [one for one in play.country.heard[known:] if ".replies." not in one.topic] == []


PART = (ALESUND, "Ålesund")
RIGHTS = [
    (BEFORE, HARAM, [(HARAM, None)], None),
    (BEFORE, ALESUND, [(ALESUND, None)], None),
    (AFTER, HARAM, [], HARAM),
    (AFTER, ALESUND, [(ALESUND, None), (HARAM, ALESUND)], None),
    (AFTER, OSLO, [(OSLO, None)], None),
]


@pytest.mark.parametrize(("at", "organisation", "opens", "gone"), RIGHTS)
async def test_rights_follow_the_merger(
    play: Play, at: datetime, organisation: str, opens: list[tuple[str, str | None]], gone: str | None
) -> None:
    """Login and token alike: the successor's organisation opens both, the old one nothing, and is told who to be."""
    play.at(at)
    pool, clock, number = play.country.rooms["gateway"].pool, play.country.clock, ORGANISATIONS[organisation]
    sessions = Sessions(pool, clock, timedelta(hours=1), timedelta(hours=8))
    user = await sessions.find(await sessions.start("u", "Kari", [Grant(number, Role.SETTLEMENT_READER)]))
    assert user is not None
    known = Municipalities(pool, clock)
    caller = Caller("c", "program", number, frozenset({READ_SCOPE}))
    access = sorted(user.access, key=lambda one: one.municipality_id)
    assert [(one.municipality_id, one.successor) for one in access] == opens
    assert list(await known.of(caller)) == access
    merged = Merged(HARAM, "Haram", MERGED_ON, ALESUND, "Ålesund", "1508") if gone else None
    assert (list(user.merged), await known.merged(caller)) == ([merged] if merged else [], merged)


async def test_the_stronger_of_two_roles_counts(play: Play) -> None:
    """A writer in the successor writes for the old one, whatever else they are; the role is the successor's."""
    play.at(AFTER)
    pool, clock = play.country.rooms["gateway"].pool, play.country.clock
    caller = Caller("c", "program", ORGANISATIONS[ALESUND], frozenset({WRITE_SCOPE}))
    found = await Municipalities(pool, clock).of(caller)
    assert Access(HARAM, "Haram", Role.SETTLEMENT_WRITER, "nn", *PART) in found


@pytest.mark.parametrize(("at", "reached"), [(BEFORE, HARAM), (AFTER, ALESUND)])
async def test_mails_and_letters_go_to_who_reads_them(play: Play, at: datetime, reached: str) -> None:
    """E-mails go to the old contacts and letters to the old organisation until the day, then to the new ones."""
    list_id = await play.offer("1580")
    play.at(at)
    number = "1580" if reached == HARAM else "1508"
    assert await play.imdi(extend(list_id, number), number, list_id) == TAKEN
    receivers = await play.country.rooms["notification"].pool.fetch(
        "SELECT receiver FROM mail JOIN notice USING (notice_id) WHERE list_id = $1 AND kind = 'deadline_extended'",
        list_id,
    )
    assert [row["receiver"] for row in receivers] == [f"skriv@{reached}.example"]
    async with play.country.rooms["letters"].transactions.begin() as transaction:
        receiver = await letters_unit(transaction).copies.municipality(HARAM)
    assert receiver is not None
    assert receiver.organisation_number == ORGANISATIONS[reached]


async def test_the_country_adds_up_and_nothing_is_doubled(play: Play) -> None:
    """A re-offer to the successor moves places from one ledger to the other; each list lies in one; no sum drifts."""
    old = await play.offer("1580")
    before = await play.totals()
    play.at(AFTER)
    assert await play.imdi(withdraw(old, "1508"), "1508", old) == TAKEN
    assert await play.totals() == before | {"requested": before["requested"] - 2}
    new = await play.offer("1508", AFTER)
    assert await play.totals() == before
    pool = play.country.rooms["municipality"].pool
    held = await pool.fetch("SELECT municipality_id, list_id FROM ledger_list WHERE list_id = ANY($1)", [old, new])
    assert {tuple(row) for row in held} == {(HARAM, old), (ALESUND, new)}
    drift = "SELECT (SELECT count(*) FROM ledger_drift) + (SELECT count(*) FROM ledger_line_drift)"
    assert await pool.fetchval(drift) == 0


async def test_operations_find_it_by_its_last_number(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command line tells what it is part of, and since when."""
    monkeypatch.setenv("MUNICIPALITY_DATABASE_URL", play.country.urls["municipality"])
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:1")
    await asyncio.to_thread(four_eyes_command, "1580", None, None, None, as_json=False)
    assert "Haram (k-1580, part of k-1508 from 2028-01-01)" in capsys.readouterr().out


async def test_the_register_tells_of_the_merger_once_and_as_reconcile_expects(play: Play) -> None:
    """One event; who has merged still counts in the register's size; databases, topic and read model say the same."""
    told = [one for one in play.country.heard if isinstance(one.body, MunicipalityMerged)]
    assert [(one.key, one.body.successor, one.body.merged_on) for one in told] == [(HARAM, ALESUND, MERGED_ON)]
    sizes = [one.body.municipalities for one in play.country.heard if isinstance(one.body, RegisterState)]
    assert sizes == [3, 3]
    async with play.country.rooms["municipality"].transactions.begin() as transaction:
        known = await municipality_rows.read(transaction.connection)
    states = {one.id: messages.municipality_state(one) for one in known}
    assert states[HARAM] == play.last(HARAM).body
    expected = await play.country.rooms["municipality"].pool.fetch(MUNICIPALITIES.replace("%(keys)s", "$1"), None)
    assert {row["key"]: row["body"] for row in expected} == {
        place: state.model_dump(mode="json") for place, state in states.items()
    }
    agrees = await play.country.rooms["gateway"].pool.fetch(SHOWN_MUNICIPALITIES.replace("%(keys)s", "$1"), None)
    assert all(row["agrees"] for row in agrees)
    shown = await play.country.rooms["gateway"].pool.fetch("SELECT municipality_id, body FROM readmodel.municipality")
    assert {row["municipality_id"]: row["body"] for row in shown} == {
        place: state.model_dump(mode="json") for place, state in states.items()
    }
