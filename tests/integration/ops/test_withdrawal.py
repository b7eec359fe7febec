"""A withdrawal and a re-offer through a whole stack: places, folders, letters, notices, and what is offered next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest

from contracts.codes import DispatchFailure, NoticeKind, WithdrawalReason
from contracts.imdi.v1 import PublishDistributionList, WithdrawList, WithdrawPersons
from contracts.topics import IMDI_LISTS, PERSON_FOLDERS
from ops import broker
from ops.demo.conversation import Conversation
from ops.demo.lists import DemoList, Stage, distribution_list
from ops.demo.load import _case, _work
from ops.embedded.waiting import wait_until
from ops.inbound import Inbound
from ops.testing.stacks import RunningStack, fordeling

pytestmark = pytest.mark.heavy

OLD, NEW, PARTLY, AFTER = "FL-2026-710001", "FL-2026-710002", "FL-2026-710003", "FL-2026-710004"
WHY = WithdrawalReason.OFFERED_ELSEWHERE
SECONDS = 90.0


def publish(environment: Mapping[str, str], *messages: Any) -> None:
    now = datetime.now(ZoneInfo("Europe/Oslo"))
    inbound = [Inbound(0, IMDI_LISTS, message) for message in messages]
    broker.publish(environment["KAFKA_BOOTSTRAP_SERVERS"], inbound, now, lambda _done: None)


def a_list(list_id: str, municipality: str) -> PublishDistributionList:
    today = datetime.now(ZoneInfo("Europe/Oslo")).date()
    return distribution_list(Random(list_id), municipality_number=municipality, persons=3, today=today, list_id=list_id)


def rows(environment: Mapping[str, str], database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def last_folders(environment: Mapping[str, str], list_id: str, tombstones: int) -> dict[str, bytes | None]:
    """Read what was said last of a list's person folders, once so many were closed."""
    folders: dict[str, bytes | None] = {}
    bootstrap, stop = environment["KAFKA_BOOTSTRAP_SERVERS"], broker.deadline(SECONDS)
    for seen in broker.follow(bootstrap, [PERSON_FOLDERS.name], from_beginning=True, stop=stop):
        if seen is not None and seen.key.startswith(list_id):
            folders[seen.key] = seen.value
            if list(folders.values()).count(None) == tombstones:
                break
    return folders


@pytest.fixture(scope="module")
def conversation(stack: RunningStack) -> Conversation:
    """Answer two lists, everybody on them accepted, and wait for their letters to be made."""
    environment, now = stack.environment, datetime.now(ZoneInfo("Europe/Oslo"))
    talk = Conversation(environment["KAFKA_BOOTSTRAP_SERVERS"], now)
    lists = [DemoList(a_list(OLD, "3301"), Stage.ANSWERED), DemoList(a_list(PARTLY, "3303"), Stage.ANSWERED)]
    publish(environment, *(one.body for one in lists))
    talk.hear(lambda: all(one.body.list_id in talk.states for one in lists), "the lists")
    cases = [_case(Random(1), one) for one in lists]
    for case in cases:
        case.decisions = [one.model_copy(update={"accept": True, "reason": None, "reason_text": None})
                          for one in case.decisions]  # fmt: skip
    _work(talk, cases, now)
    made = f"SELECT count(*) FROM letter WHERE list_id IN ('{OLD}', '{PARTLY}') AND object_key IS NOT NULL"
    assert wait_until(lambda: rows(environment, "LETTERS", made) == [(10,)], SECONDS)  # the answers too
    return talk


def test_a_withdrawn_list_gives_everything_up_and_its_persons_are_offered_again(
    stack: RunningStack, conversation: Conversation
) -> None:
    """The re-offer, published before the withdrawal, waits for it, by another partition; then both tell their story."""
    environment = stack.environment
    again = a_list(OLD, "3301").model_copy(update={"list_id": NEW, "municipality_number": "3305", "replaces": OLD})
    publish(environment, again)
    waiting = f"SELECT count(*) FROM waiting_original WHERE list_id = '{NEW}'"
    assert wait_until(lambda: rows(environment, "DISTRIBUTION", waiting) == [(1,)], SECONDS)
    assert NEW not in conversation.states
    publish(environment, WithdrawList(list_id=OLD, municipality_number="3301", reason=WHY))
    conversation.hear(lambda: NEW in conversation.states, "the new list")
    conversation.hear(lambda: conversation.states[OLD]["offered_again_at"] is not None, "the old list's story")
    old, new = conversation.states[OLD], conversation.states[NEW]
    assert (old["status"], old["withdrawn_persons"], old["placed"], old["replaced_by"]) == ("withdrawn", 3, 0, [])
    assert (new["status"], new["reoffer"], new["replaces"]) == ("received", True, None)

    held = f"SELECT sum(requested), sum(placed), sum(settled) FROM ledger_list WHERE list_id = '{OLD}'"
    assert wait_until(lambda: rows(environment, "MUNICIPALITY", held) == [(0, 0, 0)], SECONDS)
    closed = f"SELECT count(*) FROM folder_copy WHERE list_id = '{OLD}' AND closed AND identity_number IS NULL"
    assert wait_until(lambda: rows(environment, "LETTERS", closed) == [(3,)], SECONDS)
    notices = f"SELECT kind FROM notice WHERE list_id = '{OLD}' ORDER BY kind"
    kinds = [(NoticeKind.LIST_ANSWERED,), (NoticeKind.LIST_RECEIVED,), (NoticeKind.LIST_WITHDRAWN,)]
    assert wait_until(lambda: rows(environment, "NOTIFICATION", notices) == kinds, SECONDS)
    assert last_folders(environment, OLD, 3) == {f"{OLD}/{number}": None for number in (1, 2, 3)}


def test_of_a_list_partly_withdrawn_the_others_keep_their_places(
    stack: RunningStack, conversation: Conversation
) -> None:
    """One of three placed persons goes; ledger, folder and letter follow, and a second withdrawal changes nothing."""
    environment = stack.environment
    taken = WithdrawPersons(list_id=PARTLY, municipality_number="3303", persons=[2], reason=WHY)
    publish(environment, taken)
    conversation.hear(lambda: conversation.states[PARTLY]["withdrawn_persons"] == 1, "the withdrawal")
    version = conversation.versions[PARTLY]
    publish(environment, taken.model_copy(update={"reason": WithdrawalReason.OTHER}), a_list(AFTER, "3303"))
    conversation.hear(lambda: AFTER in conversation.states, "what was published after it")
    assert conversation.versions[PARTLY] == version
    held = f"SELECT sum(requested), sum(placed), sum(settled) FROM ledger_list WHERE list_id = '{PARTLY}'"
    assert wait_until(lambda: rows(environment, "MUNICIPALITY", held) == [(0, 2, 0)], SECONDS)
    ended = f"SELECT dispatch_failure, reference IS NULL FROM letter WHERE list_id = '{PARTLY}' AND persons = ARRAY[2]"
    ended += " AND kind = 'letter_to_person'"

    def decided() -> bool:
        # Sent before the withdrawal, or never: it is not handed over afterwards.
        found = rows(environment, "LETTERS", ended)
        return bool(found) and all(failure == DispatchFailure.FOLDER_CLOSED or not unsent for failure, unsent in found)

    assert wait_until(decided, SECONDS)
    told = f"SELECT kind, persons FROM letter WHERE list_id = '{PARTLY}' AND object_key IS NOT NULL"
    told += " AND kind IN ('withdrawal', 'corrected_decision') ORDER BY kind"
    letters = [("corrected_decision", [1, 3]), ("withdrawal", [2])]
    assert wait_until(lambda: rows(environment, "LETTERS", told) == letters, SECONDS)


def test_everything_agrees_afterwards(stack: RunningStack, conversation: Conversation) -> None:
    """Databases, topics and pages tell the same of withdrawn and re-offered lists."""
    assert conversation.states
    done = fordeling("reconcile", "--json", "--wait", "90", "--data-dir", str(stack.data_dir))
    document = json.loads(done.stdout)
    findings = {one["entity"]: one.get("findings") for one in document["entities"] if one.get("findings")}
    assert done.returncode == 0, findings or done.stdout + done.stderr
