"""A municipality's year over a whole stack: from IMDi's request to settled, by ``/api/v1`` and topics alone.

Each step is a function of the story; it says what it moves in the ledger, and after each the ledger is compared, sums
and lines. A new capability is a new function in ``STEPS``, at the point of the year where it belongs.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.codes import PlaceKind, WithdrawalReason
from contracts.imdi.v1 import ExtendDeadline, ReplyInThread, WithdrawList, WithdrawPersons
from contracts.weeks import week_of
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.systems import Answer, Imdi, System, a_list, now, request_places

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(900)]

NUMBER, ORGANISATION = "4211", "964964998"
"""Gjerstad: no other test's."""
ANSWERED, WHOLE, GONE, AGAIN, FOUND = (f"FL-2026-74000{number}" for number in range(1, 6))
PERSONS = {ANSWERED: 3, WHOLE: 2, GONE: 3, AGAIN: 3, FOUND: 1}
KINDS = (PlaceKind.ORDINARY, PlaceKind.UNACCOMPANIED_MINOR)
SUMS = ("agreed", "requested", "placed", "settled")


def list_path(identity: str) -> str:
    return f"/distribution-lists/{identity}"


@dataclass
class Story:
    """The year so far. ``held``: what the ledger is to have, by kind and sum."""

    imdi: Imdi
    system: System
    colleague: System
    year: int
    held: Counter[tuple[str, str]] = field(default_factory=Counter)
    resolved: bool = False

    def move(self, persons: Iterable[Any], taken_from: str | None, to: str | None) -> None:
        """Move these persons' places from one sum to another; None: out of the ledger, or into it."""
        for person in persons:
            self.held[person["place_kind"], taken_from or ""] -= 1
            self.held[person["place_kind"], to or ""] += 1

    def persons(self, identity: str, *numbers: int) -> list[Any]:
        """Read these persons of a list, or all that are not withdrawn."""
        found = self.system.get(list_path(identity)).body["persons"]
        return [one for one in found if (one["running_number"] in numbers if numbers else one["withdrawn"] is None)]

    def etag(self, identity: str) -> str:
        return self.system.get(list_path(identity)).etag

    def arrived(self, identity: str) -> None:
        """Wait for a list, and count its places as requested."""
        self.system.until(list_path(identity), lambda body: body["counts"]["persons"] == PERSONS[identity])
        self.move(self.persons(identity), None, "requested")

    def answer(self, identity: str, declined: dict[int, str]) -> None:
        """Approve and send; the accepted are placed, the others' places are free."""
        present = self.persons(identity)
        decisions = [
            {"running_number": number, "accept": False, "reason": declined[number]}
            if (number := one["running_number"]) in declined
            else {"running_number": number}
            for one in present
        ]
        answers = {(one["household"], one["running_number"] in declined) for one in present}
        split = sorted(household for household, no in answers if no and (household, False) in answers)
        splits = [{"household": household, "reason": "agreed_with_imdi"} for household in split]
        body = {"decisions": decisions, "message": "Velkommen til Gjerstad.", "splits": splits}
        approved = self.system.write("PUT", f"{list_path(identity)}/approval", body, etag=self.etag(identity))
        assert approved.status == 200, approved.body
        key = str(uuid4())
        sent = [
            self.system.write("PUT", f"{list_path(identity)}/answer", etag=approved.etag, key=key) for _ in range(2)
        ]
        assert sent[0].status == 200, sent[0].body
        assert sent[0].body == sent[1].body
        self.move([one for one in present if one["running_number"] not in declined], "requested", "placed")
        self.move([one for one in present if one["running_number"] in declined], "requested", None)

    def check(self) -> None:
        """Compare the ledger with the story: its sums, what is left of them, and the lines that make them up."""
        path = f"/ledger?year={self.year}&limit=100"
        sums = {kind: {name: self.held[kind, name] for name in SUMS} for kind in KINDS}

        def agrees(body: Any) -> bool:
            return all({name: body[kind][name] or 0 for name in SUMS} == sums[kind] for kind in KINDS)

        found = self.system.until(path, agrees).body
        for kind in KINDS:
            shown, lines = found[kind], [line for line in found["items"] if line["place_kind"] == kind]
            assert shown["left"] == sums[kind]["agreed"] - sum(sums[kind][name] for name in SUMS[1:])
            assert {name: sum(line[name] for line in lines) for name in SUMS} == sums[kind]
            assert not lines or lines[-1]["left"] == shown["left"]
            assert (shown["agreed"] is not None) is self.resolved
        assert [line["number"] for line in found["items"]] == list(range(1, len(found["items"]) + 1))
        of_year = self.system.until(f"/years/{self.year}", lambda body: body["ordinary"] == found["ordinary"])
        assert of_year.body["unaccompanied_minor"] == found["unaccompanied_minor"]


def imdi_requests(story: Story) -> None:
    """Ask for places: nothing is agreed yet, and the year awaits a resolution."""
    story.imdi.publish(request_places(NUMBER, story.year, 12, 4, now().date() + timedelta(days=30)))
    story.system.until(f"/years/{story.year}", lambda body: body["awaits_resolution"])


def the_municipality_resolves(story: Story) -> None:
    """Resolve: not without a version, not more than requested by mistake; then there is an agreement."""
    place = f"/years/{story.year}/resolution"
    etag = story.system.get(f"/years/{story.year}").etag
    body = {
        "ordinary_places": 13,
        "unaccompanied_minor_places": 4,
        "resolved_on": str(now().date()),
        "case_number": f"{story.year}/211",
    }
    assert story.system.write("PUT", place, body).problem == "if-match-missing"
    assert story.system.write("PUT", place, body, etag=etag).problem == "more-than-requested"
    assert story.system.get(f"/years/{story.year}").body["resolution"] is None
    done = story.system.write("PUT", place, body | {"ordinary_places": 12}, etag=etag)
    assert done.status == 200, done.body
    story.held["ordinary", "agreed"], story.held["unaccompanied_minor", "agreed"] = 12, 4
    story.resolved = True


def they_tell_how_many_they_can_receive(story: Story) -> None:
    """Tell weekly places, change a week, and take it back: the report has its history, and no place moves by it."""
    week, etag = week_of(now().date() + timedelta(weeks=2)), '"0"'
    for places in (4, 6):
        body = {"weeks": [{"week": week, "places": places}]}
        done = story.system.write("PUT", "/weekly-places/weeks", body, etag=etag)
        assert done.status == 200, done.body
        etag = done.etag
    refused = story.system.write(
        "PUT", "/weekly-places/weeks", {"weeks": [{"week": "2020-W53", "places": 1}]}, etag=etag
    )
    assert refused.problem == "week-over"
    found = story.system.until("/weekly-places", lambda body: bool(body["weeks"])).body
    assert found["weeks"] == [{"week": week, "places": 6}]
    assert [change["step"] for change in found["history"]] == ["entered", "changed"]


def they_agree_on_a_home_that_somebody_found(story: Story) -> None:
    """Report agreed self-settlement: IMDi answers with a list that names it, and that runs through the same steps."""
    report = str(uuid4())
    place = f"/reports/{report}"
    body = {
        "persons": [{"name": "Rima Eksempel"}],
        "address": "Eksempelveien 1",
        "moves_in": str(now().date() + timedelta(days=30)),
    }
    done = story.system.write("PUT", f"{place}/self-settlement", body, etag='"0"')
    assert done.status == 200, done.body
    story.system.until(place, lambda body: body["status"] == "open")
    offer = a_list(FOUND, NUMBER, PERSONS[FOUND]).model_copy(update={"self_settlement": report})
    story.imdi.publish(offer)
    story.arrived(FOUND)
    assert story.system.get(list_path(FOUND)).body["self_settlement"] == report
    story.system.until(place, lambda body: body["status"] == "answered")
    again = story.system.write("PUT", f"{place}/self-settlement", body, etag=story.system.get(place).etag)
    assert again.problem == "report-closed"
    story.check()
    story.answer(FOUND, {})


def the_year_tells_why(story: Story) -> None:
    """Count the answers by reason: as many accepted and declined as were, and nothing of who was only offered."""
    found = story.system.until(
        f"/statistics/answers?year={story.year}", lambda body: sum(one["persons"] for one in body["items"]) == 9
    ).body["items"]
    reasons: Counter[str] = Counter()
    for one in found:
        reasons.update({each["reason"]: each["persons"] for each in one["reasons"]})
    assert sum(one["accepted"] for one in found) == 7
    assert reasons == {"no_suitable_housing": 1, "capacity_reached": 1}


def lists_arrive(story: Story) -> None:
    """Send three lists, each of which gives a notice; their persons hold places while they wait."""
    story.imdi.publish(*(a_list(identity, NUMBER, PERSONS[identity]) for identity in (ANSWERED, WHOLE, GONE)))
    for identity in (ANSWERED, WHOLE, GONE):
        story.arrived(identity)
    story.system.until("/notices?limit=100", lambda body: {one["list_id"] for one in body["items"]} >= {GONE, WHOLE})


def they_ask_before_they_answer(story: Story) -> None:
    """Ask about one person, and reply twice: each is there once; clock and ledger stand as they stood."""
    place = f"{list_path(ANSWERED)}/messages"
    deadline = story.system.get(list_path(ANSWERED)).body["deadline"]
    asked = story.system.write("POST", place, {"running_number": 1, "text": "Trengs heis? 🛗"})
    assert asked.status == 200, asked.body
    reply = ReplyInThread(
        list_id=ANSWERED, municipality_number=NUMBER, running_number=1, reply_id="r-1", text="Nei, det trengs ikke."
    )
    story.imdi.publish(reply, reply)
    told = story.system.until(place, lambda body: len(body["items"]) > 1).body["items"]
    assert [(one["by_imdi"], one["text"]) for one in told] == [
        (False, "Trengs heis? 🛗"),
        (True, "Nei, det trengs ikke."),
    ]
    assert story.system.get(list_path(ANSWERED)).body["deadline"] == deadline


def two_work_on_a_draft(story: Story) -> None:
    """Save at once: who was second is told who was first, and overwrites nothing."""
    place, etag = f"{list_path(ANSWERED)}/decisions", story.etag(ANSWERED)
    body = {"decisions": [{"running_number": number} for number in (1, 2, 3)], "message": "Først"}
    assert story.system.write("PUT", place, body, etag=etag).status == 200
    late = story.colleague.write("PUT", place, body | {"message": "Sist"}, etag=etag)
    assert late.problem == "version-conflict"
    assert late.body["params"]["by"].startswith("case-system ")
    assert story.system.get(list_path(ANSWERED)).body["message"] == "Først"


def imdi_gives_more_time(story: Story) -> None:
    """Move a deadline; the list tells how."""
    deadline = now().date() + timedelta(days=20)
    story.imdi.publish(ExtendDeadline(list_id=WHOLE, municipality_number=NUMBER, deadline=deadline))
    found = story.system.until(list_path(WHOLE), lambda body: body["deadline"] == str(deadline)).body
    assert [one["deadline"] for one in found["extensions"]] == [str(deadline)]


def they_answer(story: Story) -> None:
    """Answer one list with a decline and one as it came; an answer is given once."""
    story.answer(ANSWERED, {1: "no_suitable_housing"})
    story.answer(WHOLE, {})
    again = story.system.write("PUT", f"{list_path(ANSWERED)}/answer", etag=story.etag(ANSWERED))
    assert again.problem == "already-answered"


def letters_are_made(story: Story) -> None:
    """Wait for the letters: the answer's, the placement's and one to each of the placed; they can be read."""
    for identity, placed in ((ANSWERED, 2), (WHOLE, 2)):
        letters = story.system.until(
            f"{list_path(identity)}/letters",
            lambda body, count=placed + 2: len([one for one in body["items"] if one["pdf"]]) == count,
        ).body["items"]
        path = letters[0]["pdf"].partition(story.system.municipality_id)[2]
        assert story.system.get(path).content.startswith(b"%PDF")


def imdi_withdraws(story: Story) -> None:
    """Take back a placed person and a waiting list: their places are free, a write upon them is refused."""
    etag = story.etag(GONE)
    gone, placed = story.persons(GONE), story.persons(ANSWERED, 2)
    why = WithdrawalReason.OFFERED_ELSEWHERE
    story.imdi.publish(
        WithdrawPersons(list_id=ANSWERED, municipality_number=NUMBER, persons=[2], reason=why),
        WithdrawList(list_id=GONE, municipality_number=NUMBER, reason=why),
    )
    story.system.until(list_path(GONE), lambda body: body["status"] == "withdrawn")
    story.system.until(list_path(ANSWERED), lambda body: body["counts"]["withdrawn"] == 1)
    body = {"decisions": [{"running_number": number} for number in (1, 2, 3)]}
    assert story.system.write("PUT", f"{list_path(GONE)}/decisions", body, etag=etag).problem == "list-withdrawn"
    story.move(gone, "requested", None)
    story.move(placed, "placed", None)


def they_are_offered_again(story: Story) -> None:
    """Offer the same persons on a new list: both tell of each other, and the new one is answered."""
    again = a_list(GONE, NUMBER, PERSONS[GONE]).model_copy(update={"list_id": AGAIN, "replaces": GONE})
    story.imdi.publish(again)
    story.arrived(AGAIN)
    assert story.system.get(list_path(AGAIN)).body["replaces"] == GONE
    story.system.until(list_path(GONE), lambda body: body["replaced_by"] == [AGAIN])
    story.check()
    story.answer(AGAIN, {3: "capacity_reached"})


def folders_are_open(story: Story) -> None:
    """Look into the folder of who is placed, and of nobody else: not who was declined or is withdrawn."""

    def folder(identity: str, number: int) -> Any:
        place = f"{list_path(identity)}/persons/{number}/folder"
        return story.system.get(place, {"Look-Purpose": "settlement"})

    assert story.system.get(f"{list_path(AGAIN)}/persons/1/folder").problem == "purpose-missing"
    story.system.wait(lambda: folder(AGAIN, 1).status == 200, "the folder of a placed person")
    assert folder(AGAIN, 1).body["running_number"] == 1
    assert folder(ANSWERED, 1).status == 404
    story.system.wait(lambda: folder(ANSWERED, 2).status == 404, "the folder of a withdrawn person to be closed")


def they_plan_a_week(story: Story) -> None:
    """Plan the week of settlement: one of the calendar, and not one that is over."""
    place = f"{list_path(WHOLE)}/settlement-plan"
    body = {"running_numbers": [1, 2], "week": week_of(now().date())}
    for week in ("2025-W53", "2025-W01"):
        assert story.system.write("PUT", place, body | {"week": week}, etag=story.etag(WHOLE)).status >= 400
    done = story.system.write("PUT", place, body, etag=story.etag(WHOLE))
    assert done.status == 200, done.body


def they_move_in(story: Story) -> None:
    """Register that all of a list moved in: today, not tomorrow; and nobody who is withdrawn."""
    today = now().date()
    assert settle(story, WHOLE, today + timedelta(days=1), 1, 2).problem == "settlement-in-future"
    assert settle(story, ANSWERED, today, 2).problem in {"person-withdrawn", "not-placed"}
    assert settle(story, WHOLE, today, 1, 2).status == 200
    assert settle(story, WHOLE, today, 1, 2).status == 200  # the same again is nothing new
    story.move(story.persons(WHOLE), "placed", "settled")
    found = story.system.until(list_path(WHOLE), lambda body: body["counts"]["settled"] == 2).body
    assert {one["settlement_date"] for one in found["persons"]} == {str(today)}


def settle(story: Story, identity: str, day: date, *numbers: int) -> Answer:
    persons = [{"running_number": number, "settlement_date": str(day)} for number in numbers]
    place = f"{list_path(identity)}/settlements"
    return story.system.write("PUT", place, {"persons": persons}, etag=story.etag(identity))


STEPS: tuple[Callable[[Story], None], ...] = (
    imdi_requests,
    the_municipality_resolves,
    they_tell_how_many_they_can_receive,
    lists_arrive,
    they_ask_before_they_answer,
    two_work_on_a_draft,
    imdi_gives_more_time,
    they_answer,
    letters_are_made,
    imdi_withdraws,
    they_are_offered_again,
    they_agree_on_a_home_that_somebody_found,
    the_year_tells_why,
    folders_are_open,
    they_plan_a_week,
    they_move_in,
)


def test_a_year_from_request_to_settled(stack: RunningStack) -> None:
    """After each step the ledger is what was done; at the end the year tells it all, and everything agrees."""
    environment = stack.environment
    bootstrap, issuer = environment["KAFKA_BOOTSTRAP_SERVERS"], environment["MASKINPORTEN_ISSUER"]
    story = Story(
        Imdi(bootstrap),
        System(stack.url, issuer, ORGANISATION),
        System(stack.url, issuer, ORGANISATION, "another-system"),
        now().year,
    )
    for step in STEPS:
        step(story)
        story.check()
    year = story.system.get(f"/years/{story.year}").body
    assert [change["resolution"] is not None for change in year["history"]] == [False, True]
    lists = story.system.get("/distribution-lists?limit=100").body["items"]
    assert {one["list_id"]: one["status"] for one in lists} == {
        ANSWERED: "answered", WHOLE: "answered", GONE: "withdrawn", AGAIN: "answered", FOUND: "answered",
    }  # fmt: skip
    done = fordeling("reconcile", "--json", "--wait", "120", "--data-dir", str(stack.data_dir))
    findings = {one["entity"]: one.get("findings") for one in json.loads(done.stdout)["entities"]}
    assert done.returncode == 0, {name: found for name, found in findings.items() if found} or done.stderr
