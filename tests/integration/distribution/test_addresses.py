"""A corrected address over real Kafka and PostgreSQL: in the folder once, and nowhere else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from contracts import codes, topics
from contracts.distribution import v1
from contracts.envelope import Envelope, Message, encode_headers
from contracts.fields import Actor
from contracts.imdi.v1 import CorrectAddress, PostalAddress
from tests.integration.desks import Heard
from tests.integration.distribution.desk import DistributionDesk, open_desk
from tests.unit.distribution.samples import AT, body, offered

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIST = "FL-2026-000001"
KARI = Actor(user_id="user-kari", display_name="Kari Nordmann", role=codes.Role.SETTLEMENT_WRITER)
AT_FIRST = PostalAddress(lines=["Nordlys mottak"], postal_code="9016", city="Tromsø")
NEW = PostalAddress(lines=["Merkevegen 77", "Leilighet 4"], postal_code="5003", city="Bergen")
NEWER = PostalAddress(lines=["Merkevegen 78"], postal_code="5003", city="Bergen")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(kafka: str, database_url: str) -> AsyncIterator[DistributionDesk]:
    async with open_desk(kafka, database_url) as desk:
        await desk.tell_register("0301")
        yield desk


def of(desk: DistributionDesk, *kinds: type[Message]) -> list[Heard]:
    return [one for one in desk.heard if isinstance(one.body, kinds)]


async def heard(desk: DistributionDesk, kind: type[Message], count: int) -> None:
    await desk.hear(lambda _: len(of(desk, kind)) >= count)


async def correct(desk: DistributionDesk, message_id: str, address: PostalAddress, number: int = 1) -> None:
    message = CorrectAddress(list_id=LIST, municipality_number="0301", running_number=number, address=address)
    await desk.send(topics.IMDI_LISTS, "0301", message, subject=LIST, message_id=message_id, source="/imdi")


async def test_a_corrected_address_is_in_the_folder_and_nowhere_else(desk: DistributionDesk, database_url: str) -> None:
    """Before the placement and after it, each once whatever is delivered twice; a repeat takes no later one back."""
    at: dict[str, Any] = {"list_id": LIST, "municipality_id": "k-0301", "actor": KARI}
    async with desk.service():
        await desk.publish(body("FL-2026-000002", persons=[offered(1, who=3)]))
        await heard(desk, v1.ListState, 1)  # the register is here by now
        await correct(desk, "too early", NEW)
        await heard(desk, v1.Rejection, 1)
        await desk.publish(body(LIST, persons=[offered(1), offered(2)]))
        await correct(desk, "too early", NEW)
        await heard(desk, v1.AddressCorrected, 1)
        await desk.ask(v1.ApproveList(**at, expected_version=2, decisions=[v1.Decision(running_number=1),
                                                                           v1.Decision(running_number=2)]))  # fmt: skip
        assert (await desk.ask(v1.SendAnswer(**at, expected_version=4, accepted_at=AT))).version == 6
        await correct(desk, "later", NEWER)
        await correct(desk, "too early", NEW)
        await correct(desk, "later", NEWER)
        await correct(desk, "nobody", NEW, number=9)
        await heard(desk, v1.Rejection, 2)
        await desk.hear_all()
    folders = [(one.key, one.envelope.sequence, one.body.address) for one in of(desk, v1.PersonFolderState)]
    assert sorted(folders, key=lambda one: one[:2]) == [
        (f"{LIST}/1", 6, NEW), (f"{LIST}/1", 7, NEWER), (f"{LIST}/2", 6, AT_FIRST),
    ]  # fmt: skip
    facts = of(desk, v1.AddressCorrected)
    assert [(one.key, one.envelope.sequence, one.body.running_number) for one in facts] == [
        ("k-0301", 2, 1), ("k-0301", 7, 1),
    ]  # fmt: skip
    errors = [[(error.path, error.code) for error in one.body.errors] for one in of(desk, v1.Rejection)]
    assert errors == [[("list_id", "unknown-list")], [("running_number", "unknown-person")]]
    plain = "".join(one.body.model_dump_json() for one in desk.heard if one.topic != topics.PERSON_FOLDERS.name)
    assert "Merkevegen" not in plain
    connection = await asyncpg.connect(database_url)
    try:
        kept = await connection.fetch(
            "SELECT address FROM person_identity WHERE list_id = $1 ORDER BY running_number", LIST
        )
        assert ["Merkevegen 78" in row["address"] for row in kept] == [True, False]
    finally:
        await connection.close()


async def test_a_correction_whose_form_is_wrong_goes_back_with_its_fields(desk: DistributionDesk) -> None:
    """The field and what is wrong are named, never the value; the folder stays as it was."""
    async with desk.service():
        before = len(of(desk, v1.PersonFolderState))
        value = (
            b'{"list_id": "FL-2026-000001", "municipality_number": "0301", "running_number": 1, '
            b'"address": {"lines": ["Merkevegen 79"], "postal_code": "50A3"}}'
        )
        headers = encode_headers(Envelope("unsound", "/imdi", CorrectAddress.message_type, LIST, AT))
        await desk.send_raw(topics.IMDI_LISTS, "0301", value, headers)
        await heard(desk, v1.Rejection, 3)
        await desk.hear_all()
    rejection = of(desk, v1.Rejection)[-1].body
    assert {error.path for error in rejection.errors} == {"address.postal_code", "address.city"}
    assert "50A3" not in rejection.model_dump_json()
    assert len(of(desk, v1.PersonFolderState)) == before
