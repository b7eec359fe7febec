"""A letter that came back because of its address, through a whole stack: IMDi corrects it, operations send it again."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from random import Random
from typing import Any

import httpx
import psycopg
import pytest
from pypdf import PdfReader

from contracts.imdi.v1 import CorrectAddress, PostalAddress
from ops.demo.conversation import Conversation
from ops.demo.lists import DemoList, Stage
from ops.demo.load import _case, _work
from ops.embedded.waiting import wait_until
from ops.stack.layout import Layout
from ops.testing.stacks import RunningStack, fordeling
from tests.integration.ops.systems import Imdi, a_list, now

pytestmark = pytest.mark.heavy

LIST, NUMBER, PERSON = "FL-2026-745001", "3301", 1
STREET = "Merkevegen 77"
NEW = PostalAddress(lines=[STREET], postal_code="5003", city="Bergen")
SECONDS = 120.0


def rows(environment: Mapping[str, str], database: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(environment[f"{database}_DATABASE_URL"], autocommit=True) as connection:
        return connection.execute(statement.encode()).fetchall()


def placed(environment: Mapping[str, str]) -> str:
    """Have everybody on the list placed; gives the id of the person's letter, once it was handed over."""
    imdi, offered = Imdi(environment["KAFKA_BOOTSTRAP_SERVERS"]), DemoList(a_list(LIST, NUMBER, 2), Stage.ANSWERED)
    talk = Conversation(imdi.bootstrap_servers, now())
    imdi.publish(offered.body)
    talk.hear(lambda: LIST in talk.states, "the list")
    case = _case(Random(1), offered)
    case.decisions = [one.model_copy(update={"accept": True, "reason": None, "reason_text": None})
                      for one in case.decisions]  # fmt: skip
    _work(talk, [case], now())
    sent = f"SELECT letter_id FROM letter WHERE list_id = '{LIST}' AND kind = 'letter_to_person'"
    sent += f" AND persons = ARRAY[{PERSON}] AND reference IS NOT NULL"
    assert wait_until(lambda: len(rows(environment, "LETTERS", sent)) == 1, SECONDS)
    [[letter_id]] = rows(environment, "LETTERS", sent)
    return str(letter_id)


def shipments(environment: Mapping[str, str], name: str) -> list[str]:
    """Tell the ids of what the simulator has under a name of ours."""
    found = httpx.get(f"{environment['SVARUT_URL']}/admin/forsendelser").raise_for_status().json()
    return [one["id"] for one in found if one["eksternReferanse"] == name]


def address_of(environment: Mapping[str, str], shipment: str) -> str:
    """Tell the first line of the address that the simulator was told for a letter."""
    found = httpx.get(f"{environment['SVARUT_URL']}/admin/forsendelser").raise_for_status().json()
    [line] = [one["mottaker"]["adresselinje1"] for one in found if one["id"] == shipment]
    return str(line)


def printed(stack: RunningStack, shipment: str) -> str:
    """Read what the simulator was given, as whoever opens it does."""
    [path] = (Layout(stack.data_dir).svarut / "documents" / shipment).iterdir()
    return " ".join(page.extract_text() for page in PdfReader(io.BytesIO(path.read_bytes())).pages)


def test_a_letter_that_came_back_reaches_the_corrected_address(stack: RunningStack) -> None:
    """SvarUt has the second attempt once, with the new address; no log, event or other state has a word of it."""
    environment = stack.environment
    letter_id = placed(environment)
    [first] = shipments(environment, letter_id)
    came_back = f"{environment['SVARUT_URL']}/admin/forsendelser/{first}/status"
    httpx.post(came_back, json={"status": "IKKE_LEVERT"}).raise_for_status()
    why = ("--why", "IMDi has corrected the address, case 1234", "--data-dir", str(stack.data_dir))

    def listed() -> list[dict[str, Any]]:
        done = fordeling("letters", "failed", "--json", "--data-dir", str(stack.data_dir))
        return [one for one in json.loads(done.stdout) if one["id"] == letter_id]

    assert wait_until(lambda: [one["what"] for one in listed()] == ["not_delivered"], SECONDS)
    correction = CorrectAddress(list_id=LIST, municipality_number=NUMBER, running_number=PERSON, address=NEW)
    Imdi(environment["KAFKA_BOOTSTRAP_SERVERS"]).publish(correction)
    arrived = f"SELECT city FROM folder_copy WHERE list_id = '{LIST}' AND running_number = {PERSON}"
    assert wait_until(lambda: rows(environment, "LETTERS", arrived) == [("Bergen",)], SECONDS)
    shown = f"SELECT count(*) FROM readmodel.person_folder WHERE list_id = '{LIST}' AND body::text LIKE '%{STREET}%'"
    assert wait_until(lambda: rows(environment, "GATEWAY", shown) == [(1,)], SECONDS)

    done = fordeling("letters", "resend", letter_id, *why)
    assert (done.returncode, done.stdout) == (0, f"{letter_id}: is sent again\n"), done.stderr
    second = f"{letter_id}.2"
    assert wait_until(lambda: len(shipments(environment, second)) == 1, SECONDS)
    told = f"SELECT attempt, reference FROM letter WHERE letter_id = '{letter_id}'"
    assert wait_until(lambda: rows(environment, "LETTERS", told) == [(2, *shipments(environment, second))], SECONDS)
    assert len(shipments(environment, letter_id)) == len(shipments(environment, second)) == 1
    old = a_list(LIST, NUMBER, 2).persons[PERSON - 1].identity.address.lines[0]
    for shipment, address in ((first, old), (shipments(environment, second)[0], STREET)):
        text = printed(stack, shipment)
        assert [each in text for each in (old, STREET)] == [address == old, address != old]
        assert address_of(environment, shipment) == address
    logs = [path for path in stack.data_dir.rglob("*.log") if path.stat().st_size and "kafka" not in str(path)]
    assert logs
    assert not [path for path in logs if STREET.encode() in path.read_bytes()]
