"""The connection to the mail server, over real SMTP and TLS: whom it trusts, how many there are, how fast it goes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.notification.adapters.smtp import SmtpServer
from services.notification.adapters.smtp_pool import RESTS, Clock, SmtpPool
from services.notification.adapters.smtp_url import SmtpUrl, trust
from services.notification.domain.throttle import Throttle
from services.notification.use_cases.ports import PutOffError, RefusedError, ServerUnavailableError
from tests.integration.notification.relay import HOST, Authority, Relay, authority

pytestmark = pytest.mark.asyncio

CONTENT = b"Subject: x\r\n\r\nx\r\n"
MOST = 3


@dataclass
class FakeClock:
    """Stands still but for what is slept."""

    time: float = 1000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds

    def clock(self) -> Clock:
        return Clock(lambda: self.time, self.sleep)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path / "ours")


def pool(relay: Relay, *, url: str = "smtp://", ca_file: Path | None = None, **more: object) -> SmtpPool:
    """Open the way to a relay, as a service does from its settings. ``url``: what stands before the host."""
    where = SmtpUrl.parse(f"{url}{HOST}:{relay.port}")
    server = SmtpServer(where, "bounces@fordeling.example", 5.0, trust(ca_file))
    throttle, clock = more.get("throttle", Throttle(None)), more.get("clock", Clock())
    assert isinstance(throttle, Throttle)
    assert isinstance(clock, Clock)
    return SmtpPool(server, throttle, MOST, clock)


async def send(way: SmtpPool, receivers: Sequence[str]) -> None:
    """Send a mail to each, over one connection."""
    async with way.session() as session:
        for receiver in receivers:
            await session.address(receiver, f"id-{receiver.partition('@')[0]}")
            await session.hand_over(CONTENT)


def receivers(count: int) -> list[str]:
    return [f"r{number}@x.example" for number in range(count)]


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
async def test_mails_travel_encrypted_to_a_server_whose_authority_is_ours(ours: Authority, scheme: str) -> None:
    """By STARTTLS or from the first byte; the server took it and saw nothing in the clear."""
    relay, context = Relay(), ours.server_side()
    async with relay.running(**({"tls": context} if scheme == "smtps" else {"starttls": context})):
        way = pool(relay, url=f"{scheme}://", ca_file=ours.ca_file)
        await send(way, receivers(2))
        await way.close()
    assert [receiver for receiver, _ in relay.taken] == receivers(2)
    assert relay.encrypted == {True}


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
@pytest.mark.parametrize("wrong", ["another authority", "the machine's authorities", "another host"])
async def test_a_server_that_cannot_show_who_it_is_gets_nothing(
    ours: Authority, tmp_path: Path, scheme: str, wrong: str
) -> None:
    """A certificate of somebody else, or for somebody else: no receiver is named to it, the mails wait."""
    shown = authority(tmp_path / "shown", host="elsewhere.example" if wrong == "another host" else HOST)
    trusted = {"another authority": ours.ca_file, "the machine's authorities": None, "another host": shown.ca_file}
    relay, context = Relay(), shown.server_side()
    async with relay.running(**({"tls": context} if scheme == "smtps" else {"starttls": context})):
        with pytest.raises(ServerUnavailableError):
            await send(pool(relay, url=f"{scheme}://", ca_file=trusted[wrong]), receivers(1))
    assert (relay.asked, relay.taken) == (0, [])


async def test_a_password_is_never_told_in_the_clear() -> None:
    """Not even on this machine: a server that offers no STARTTLS is not logged in to."""
    relay = Relay()
    async with relay.running():
        with pytest.raises(ServerUnavailableError):
            await send(pool(relay, url="smtp://me:secret@"), receivers(1))
    assert relay.asked == 0


async def test_connections_are_few_and_used_again() -> None:
    """Sixty mails by ten at once, then sixty more: never more than three connections, and no fourth was ever made."""
    relay, waiting = Relay(), receivers(60)
    async with relay.running():
        way = pool(relay)

        async def one() -> None:
            while waiting:
                await send(way, [waiting.pop() for _ in range(min(3, len(waiting)))])

        for _ in range(2):
            waiting = receivers(60)
            await asyncio.gather(*(one() for _ in range(10)))
        await way.close()
    assert len(relay.taken) == 120
    assert (relay.connections, relay.most) == (MOST, MOST)


async def test_a_connection_that_the_server_ended_meanwhile_costs_no_mail() -> None:
    """The next mail goes over a new one."""
    relay = Relay()
    async with relay.running():
        way = pool(relay)
        await send(way, ["a@x.example"])
        relay.hang_up()
        await send(way, ["b@x.example"])
        await way.close()
    assert [receiver for receiver, _ in relay.taken] == ["a@x.example", "b@x.example"]
    assert relay.connections == 2


async def test_a_connection_that_rests_for_long_is_given_back() -> None:
    """Within the rest it is kept, beyond it the server has one less."""
    relay, clock = Relay(), FakeClock()
    async with relay.running():
        way = pool(relay, clock=clock.clock())
        await send(way, receivers(1))
        await way.tidy()
        assert len(relay.open) == 1
        clock.time += RESTS
        await way.tidy()
        await relay.until_none_is_open()


async def test_no_more_mails_go_than_the_rate_allows() -> None:
    """Of sixty a minute, thirty-one take thirty seconds of the clock, on however many connections."""
    relay, clock = Relay(), FakeClock()
    async with relay.running():
        way = pool(relay, throttle=Throttle(60.0), clock=clock.clock())
        for number in range(31):
            await send(way, [f"r{number}@x.example"])
        await way.close()
    assert len(relay.taken) == 31
    assert clock.time - 1000.0 == pytest.approx(30.0)


@pytest.mark.parametrize("code", [421, 450, 451, 452])
async def test_a_relay_that_is_given_too_much_is_given_half(code: int) -> None:
    """The mail is put off, what may go is halved; a connection that it closes is not used again."""
    relay, clock, throttle = Relay(), FakeClock(), Throttle(60.0)
    relay.says = lambda receiver, _asked: f"{code} 4.7.0 too much" if receiver.startswith("much") else "250 OK"
    async with relay.running():
        way = pool(relay, throttle=throttle, clock=clock.clock())
        with pytest.raises(PutOffError) as error:
            await send(way, ["much@x.example"])
        assert error.value.code == code
        assert throttle.allowed == 30.0
        await send(way, ["fine@x.example"])
        await way.close()
    assert [receiver for receiver, _ in relay.taken] == ["fine@x.example"]


async def test_a_mailbox_that_is_none_slows_nothing_down() -> None:
    """550 is about the receiver; the connection goes on, and so does the pace."""
    relay, throttle = Relay(), Throttle(60.0)
    relay.says = lambda receiver, _asked: "550 5.1.1 none" if receiver.startswith("none") else "250 OK"
    async with relay.running():
        way = pool(relay, throttle=throttle, clock=FakeClock().clock())
        async with way.session() as session:
            with pytest.raises(RefusedError):
                await session.address("none@x.example", "id-none")
            await session.address("fine@x.example", "id-fine")
            await session.hand_over(CONTENT)
        await way.close()
    assert (throttle.allowed, relay.connections, len(relay.taken)) == (60.0, 1, 1)


async def test_a_server_that_reports_is_told_what_the_mail_is_called() -> None:
    """RFC 3461: the mail's id is the envelope's, so a report that leaves the mail out names it all the same."""
    relay = Relay(reports=True)
    async with relay.running():
        way = pool(relay)
        await send(way, ["a@x.example", "b@x.example"])
        await way.close()
    assert relay.envelope_ids == ["id-a", "id-b"]
    assert len(relay.taken) == 2
