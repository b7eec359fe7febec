"""The simulator: it keeps the post office's contract over real HTTP and tokens, and its own rules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from ops.svarut.counter import HAPPENED
from ops.svarut.journey import Status
from services.letters.adapters.post import PostSettings, open_post
from services.letters.adapters.svarut import STATUSES
from services.letters.domain.codes import DispatchStatus
from services.letters.domain.consignment import Consignment
from services.letters.domain.dispatch import DispatchStep
from services.letters.use_cases.outside import PostOffice, PostUnavailableError
from tests.integration.letters.conftest import Simulator
from tests.unit.letters.post_contract import PDF, PlayablePost, PostContract, to_municipality, to_somebody


@dataclass
class PlayedSvarut:
    """The client, with the simulator played by the test."""

    client: PostOffice
    simulator: Simulator

    async def find(self, letter_id: str) -> str | None:
        return await self.client.find(letter_id)

    async def send(self, consignment: Consignment, pdf: bytes) -> str:
        return await self.client.send(consignment, pdf)

    async def statuses(self, references: Any) -> dict[str, DispatchStep]:
        return await self.client.statuses(references)

    async def steps(self, reference: str) -> list[DispatchStep]:
        return await self.client.steps(reference)

    async def hang_up(self) -> None:
        self.simulator.faults(unavailable_after=1)

    async def refuse(self) -> None:
        self.simulator.faults(refuse=1)

    async def tell(self, reference: str, status: DispatchStatus) -> None:
        [word] = [word for word, known in STATUSES.items() if known is status]
        self.simulator.set_status(reference, word)


def settings(simulator: Simulator, **other: Any) -> PostSettings:
    """Nothing is asked a second time here, and nothing times out: an answer may be slow on a busy machine."""
    patient = {"svarut_send_seconds": 60, "svarut_request_seconds": 60}
    return PostSettings(kafka_bootstrap_servers="-", database_url="-", **(simulator.settings | patient | other))


@pytest.fixture
async def svarut(simulator: Simulator) -> AsyncIterator[PlayedSvarut]:
    async with open_post(settings(simulator)) as client:
        yield PlayedSvarut(client, simulator)


class TestSvarut(PostContract):
    @pytest.fixture
    def post(self, svarut: PlayedSvarut) -> PlayablePost:
        return svarut


@pytest.mark.parametrize(
    "wrong",
    [
        {"svarut_integration_password": "guessed"},
        {"svarut_audience": "urn:another"},
        {"maskinporten_scope": "ks:another"},
        {"svarut_account_id": "another"},
    ],
)
async def test_who_may_not_gets_nowhere(simulator: Simulator, wrong: dict[str, str]) -> None:
    """A wrong password, audience, scope or account is no refusal of the letter: it can be mended, the letter waits."""
    consignment = to_municipality()
    async with open_post(settings(simulator, **wrong)) as client:
        with pytest.raises(PostUnavailableError):
            await client.send(consignment, PDF)
    assert simulator.of(consignment.sent_as) == []


async def test_who_gets_a_letter_and_where_is_kept_as_it_was_told(svarut: PlayedSvarut) -> None:
    """So that a test can see whether an address that was corrected was used; an identity number shows nowhere."""
    consignment = to_somebody("17859010221")
    await svarut.send(consignment, PDF)
    [told] = svarut.simulator.of(consignment.sent_as)
    assert told["mottaker"] == {
        "navn": "Nour Haddad",
        "adresselinje1": "Nordlys mottak",
        "adresselinje2": "Storgata 1",
        "postnummer": "9016",
        "poststed": "Tromsø",
    }


async def test_an_encrypted_letter_arrives_as_it_was(svarut: PlayedSvarut) -> None:
    """What goes over the wire is not the PDF; what SvarUt decrypts is."""
    reference = await svarut.send(to_somebody("17859010221"), PDF)
    kept = svarut.simulator.part.folder / "documents" / reference / "brev.pdf"
    assert kept.read_bytes() == PDF


@pytest.mark.parametrize(
    ("digital_id", "last"),
    [
        ("17859010221", ["VARSLET", "SENDT_PRINT", "PRINTET"]),
        ("17859010222", ["VARSLET", "LEST"]),
        (None, ["SENDT_PRINT", "PRINTET"]),
    ],
)
async def test_a_letter_takes_its_way(svarut: PlayedSvarut, digital_id: str | None, last: list[str]) -> None:
    """Unread it is paper after two days; read it ends there; without an identity number it is paper at once."""
    consignment = to_somebody(digital_id)
    await svarut.send(consignment, PDF)
    svarut.simulator.skip(4 * 86400)
    [told] = svarut.simulator.of(consignment.sent_as)
    assert [step["status"] for step in told["historikk"]] == ["MOTTATT", "AKSEPTERT", *last]
    times = [step["tidspunkt"] for step in told["historikk"]]
    assert times == sorted(times)


async def test_a_status_told_late_is_an_earlier_one(svarut: PlayedSvarut) -> None:
    """The fault repeats what was true before."""
    reference = await svarut.send(to_somebody("17859010221"), PDF)  # who reads nothing by themselves
    svarut.simulator.set_status(reference, "LEST")
    svarut.simulator.faults(repeat_late=1)
    assert (await svarut.statuses([reference]))[reference].status is not DispatchStatus.READ
    assert (await svarut.statuses([reference]))[reference].status is DispatchStatus.READ


@pytest.mark.parametrize("fault", ["unauthorized", "too_many", "unavailable"])
async def test_what_is_about_us_or_svarut_refuses_no_letter(svarut: PlayedSvarut, fault: str) -> None:
    """A token not accepted, too many requests, an outage: the letter is not there, and the next try sends it."""
    consignment = to_municipality()
    svarut.simulator.faults(**{fault: 1})
    with pytest.raises(PostUnavailableError):
        await svarut.send(consignment, PDF)
    assert await svarut.find(consignment.sent_as) is None
    assert await svarut.send(consignment, PDF) == await svarut.find(consignment.sent_as)


async def test_what_is_told_of_events_is_text(svarut: PlayedSvarut) -> None:
    """As in the API: so a letter's way is followed by its statuses."""
    reference = await svarut.send(to_municipality(), PDF)
    given = svarut.simulator.settings
    async with open_post(settings(svarut.simulator)) as client:
        token = await client.maskinporten.token()  # type: ignore[attr-defined]
    headers = {
        "Authorization": f"Bearer {token}",
        "IntegrasjonId": given["svarut_integration_id"],
        "IntegrasjonPassord": given["svarut_integration_password"],
    }
    async with httpx.AsyncClient(base_url=given["svarut_url"], headers=headers) as http:
        answer = (await http.get(f"/api/v2/forsendelser/{reference}/hendelser")).raise_for_status().json()
    assert answer["hendelser"][0]["hendelse"] == "Mottatt"
    assert set(HAPPENED) == set(Status)


def test_only_the_documented_is_answered(simulator: Simulator) -> None:
    """Without a token nothing is told, not even whether a letter is there."""
    account = simulator.settings["svarut_account_id"]
    answer = httpx.get(f"{simulator.part.url}/api/v2/kontoer/{account}/forsendelser", params={"eksternRef": "x"})
    assert (answer.status_code, answer.json()["errorCode"]) == (401, "token")
