"""Reports between the lists through a whole stack: entered, asked about when time has passed, answered; all agree."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

import psycopg
import pytest

from contracts.codes import Role
from contracts.fields import Actor
from contracts.municipality import reports as v1
from contracts.municipality.codes import FamilyTie, HomeFeature
from contracts.topics import IMDI_LISTS, MUNICIPALITY_COMMANDS
from contracts.weeks import weeks_from
from ops import broker
from ops.demo.conversation import Command, Conversation
from ops.demo.lists import distribution_list
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.test_reply_clock import rows

pytestmark = [pytest.mark.heavy, pytest.mark.timeout(480)]

OF, NUMBER = "k-3312", "3312"
LIST = "FL-2026-780001"
HOUSING, NAMED, SELF = (str(uuid5(NAMESPACE_URL, f"test/{one}")) for one in ("housing", "named", "self"))
WEEKS = v1.WEEKLY_PLACES_ID
SECONDS = 180.0
ANNA = Actor(user_id="test", display_name="Anna Berg", role=Role.SETTLEMENT_WRITER)
RIMA = v1.NamedPerson(name="Rima Eksempel", duf_number="202612345678")

# As if nobody had touched them for so long: the next step that time sets off carries it on to topics and pages.
AGE = f"UPDATE report SET valid_from = valid_from - interval '4 weeks' WHERE municipality_id = '{OF}'"
# One step of a report's history is gone, and back again.
LOSE = f"""UPDATE report_change SET version = version + {{by}}
WHERE municipality_id = '{OF}' AND report_id = '{HOUSING}' AND version = {{version}}"""


def about(report_id: str, version: int = 0) -> dict[str, Any]:
    return {"municipality_id": OF, "report_id": report_id, "expected_version": version, "actor": ANNA}


def ask(talk: Conversation, *bodies: v1.ReportCommand) -> Sequence[int]:
    """Send commands as the gateway does; gives the reports' versions after them."""
    commands = [
        Command(
            str(uuid5(NAMESPACE_URL, body.message_type + body.subject)), MUNICIPALITY_COMMANDS, OF, body.subject, body
        )
        for body in bodies
    ]
    return list(talk.ask(commands).values())


def execute(stack: RunningStack, database: str, statement: str) -> int:
    with psycopg.connect(stack.environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(statement.encode()).rowcount


def shown(stack: RunningStack, table: str, what: str) -> dict[str, Any]:
    """Read something of each report as the pages have it, by its id."""
    statement = f"SELECT report_id, body -> '{what}' FROM readmodel.{table} WHERE municipality_id = '{OF}'"
    return dict(rows(stack.environment, "GATEWAY", statement))


def reconciled(stack: RunningStack, *options: str) -> tuple[int, dict[str, Any], set[str]]:
    """Give the exit status, the findings by what they are about, and the checks that fail."""
    done = fordeling("reconcile", "--json", *options, "--wait", "120", "--data-dir", str(stack.data_dir))
    document = json.loads(done.stdout)
    findings = {one["entity"]: one["findings"] for one in document["entities"] if one["findings"]}
    return done.returncode, findings, {one["check"] for one in document["checks"] if one["failing"]}


def test_reports_are_asked_about_confirmed_and_answered_and_all_agree(stack: RunningStack) -> None:
    """Four weeks on each is asked about, once; one confirmed is not any more; IMDi's list ends a self-settlement."""
    now = datetime.now(ZoneInfo("Europe/Oslo"))
    today, bootstrap = now.date(), stack.environment["KAFKA_BOOTSTRAP_SERVERS"]
    talk = Conversation(bootstrap, now)
    talk.hear(lambda: OF in talk.states, "the municipality")
    homes = v1.Homes(bedrooms=3, persons=5, available_from=today, features=[HomeFeature.STEP_FREE], area="Ved skolen")
    alone = v1.SelfSettlement(persons=[RIMA], address="Eksempelveien 1", moves_in=today + timedelta(weeks=6))
    weeks = [v1.WeekPlaces(week=week, places=3) for week in weeks_from(today, 6)]
    entered = ask(
        talk,
        v1.ReportWeeklyPlaces(**about(WEEKS), weeks=weeks),
        v1.ReportHousing(**about(HOUSING), housing=homes),
        v1.ReportNamedPersons(**about(NAMED), named_persons=v1.NamedPersons(persons=[RIMA], tie=FamilyTie.SIBLING)),
        v1.ReportSelfSettlement(**about(SELF), self_settlement=alone),
    )
    assert entered == [1, 1, 1, 1]
    assert execute(stack, "MUNICIPALITY", AGE) == 4
    asked = {"report": {WEEKS, HOUSING}, "person_report": {NAMED, SELF}}
    for table, ids in asked.items():
        assert wait_until(
            lambda table=table, ids=ids: {  # type: ignore[misc]
                one for one, since in shown(stack, table, "questioned_at").items() if since
            } == ids,
            SECONDS,
        ), shown(stack, table, "questioned_at")  # fmt: skip
    assert ask(talk, v1.ConfirmReport(**about(HOUSING, 2))) == [3]
    assert wait_until(lambda: shown(stack, "report", "questioned_at")[HOUSING] is None, SECONDS)

    body = distribution_list(Random(LIST), municipality_number=NUMBER, persons=1, today=today, list_id=LIST)
    answer = body.model_copy(update={"self_settlement": SELF})
    broker.publish(bootstrap, [Inbound(0, IMDI_LISTS, answer)], now, lambda _done: None)
    assert wait_until(lambda: shown(stack, "person_report", "list_id").get(SELF) == LIST, SECONDS)
    assert shown(stack, "person_report", "self_settlement")[SELF] is None
    steps = f"SELECT count(*) FROM report_change WHERE municipality_id = '{OF}' AND step = 'questioned'"
    assert rows(stack.environment, "MUNICIPALITY", steps) == [(4,)]
    assert reconciled(stack) == (0, {}, set())


@pytest.mark.parametrize(
    ("table", "report_id", "entity"),
    [("report", HOUSING, "reports"), ("person_report", NAMED, "reports about persons")],
)
def test_a_lost_report_is_found_and_told_again(stack: RunningStack, table: str, report_id: str, entity: str) -> None:
    """A row that the pages lost is found, by its key, and told again from the database as it was."""
    of = f"FROM readmodel.{table} WHERE municipality_id = '{OF}' AND report_id = '{report_id}'"
    before = rows(stack.environment, "GATEWAY", f"SELECT body {of}")
    assert execute(stack, "GATEWAY", f"DELETE {of}") == 1
    status, findings, checks = reconciled(stack)
    assert (status, set(findings), checks) == (1, {entity}, set())
    assert [(one["key"], one["where"]) for one in findings[entity]] == [(f"{OF}/reports/{report_id}", "read model")]
    assert reconciled(stack, "--repair") == (0, {}, set())
    assert wait_until(lambda: rows(stack.environment, "GATEWAY", f"SELECT body {of}") == before, SECONDS)


def test_a_report_that_the_pages_show_otherwise_is_found(stack: RunningStack) -> None:
    """Another answer to a question than the owner's is a difference, and mended."""
    of = f"WHERE municipality_id = '{OF}' AND report_id = '{WEEKS}'"
    assert execute(stack, "GATEWAY", f"UPDATE readmodel.report SET body = body || '{{\"weeks\": []}}' {of}") == 1
    status, findings, _ = reconciled(stack)
    assert (status, [one["what"] for one in findings["reports"]]) == (1, ["different"])
    assert reconciled(stack, "--repair") == (0, {}, set())
    assert len(shown(stack, "report", "weeks")[WEEKS]) == 6


def test_a_step_that_is_missing_is_found(stack: RunningStack) -> None:
    """A report's version is that of its last step, and none is missing."""
    assert execute(stack, "MUNICIPALITY", LOSE.format(by=50, version=3)) == 1
    try:
        status, _, checks = reconciled(stack)
        assert (status, checks) == (1, {"a report has all steps of its history"})
    finally:
        assert execute(stack, "MUNICIPALITY", LOSE.format(by=-50, version=53)) == 1
    assert reconciled(stack) == (0, {}, set())
