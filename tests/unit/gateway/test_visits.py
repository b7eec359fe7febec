"""How much one user may ask of the pages, and what a page that fails says."""

from __future__ import annotations

import re
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
import structlog

from gateway.api.limits import Limits
from gateway.pages.visits import address_of
from tests.unit.gateway.fakes import Desktop, FakeReader, settings
from tests.unit.gateway.samples import LIST, OSLO, one_list, user

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
WORDS = "Holder det med heis til tredje etasje?"


def desktop(per_minute: int, seconds: list[float] | None = None) -> Desktop:
    """Make a gateway whose users may ask so much a minute; ``seconds[0]``: what its clock shows."""
    clock = seconds or [0.0]
    limits = Limits(per_minute, seconds=lambda: clock[0])
    return Desktop(user(), FakeReader({LIST: one_list()}), visits=limits)


def test_beyond_the_bound_a_user_is_told_when_to_come_back() -> None:
    """429 with Retry-After and a page that says so; a minute later all is well; nobody else is touched."""
    clock = [0.0]
    found = desktop(2, clock)
    assert [found.get(PAGE).status_code for _ in range(3)] == [200, 200, 429]
    answer = found.get(PAGE)
    assert 0 < int(answer.headers["retry-after"]) <= 60
    assert "for mange forespørsler" in answer.text
    assert answer.headers["cache-control"] == "no-store"
    found.sessions.user = replace(user(), user_id="u-2")
    assert found.get(PAGE).status_code == 200
    found.client.cookies.delete("__Host-okt")
    assert found.get("/hjelp").status_code == 200
    found.client.cookies.set("__Host-okt", "a-session")
    found.sessions.user, clock[0] = user(), 61.0
    assert found.get(PAGE).status_code == 200


def test_what_was_typed_is_not_lost_by_it() -> None:
    """The form comes back whole, nothing has been sent; and sent again from there, it is sent."""
    clock = [0.0]
    found = desktop(2, clock)
    found.get(PAGE)
    token = found.client.cookies["__Host-skjema"]
    found.get(PAGE)
    form = {"_csrf_token": token, "skjema": "3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c22", "om": "", "sporsmal": WORDS}
    answer = found.client.post(f"{PAGE}/sporsmal", data=form, follow_redirects=False)
    assert (answer.status_code, found.desk.sent) == (429, [])
    again = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', answer.text))
    assert {name: again[name] for name in form} == form
    assert WORDS in answer.text
    clock[0] = 61.0
    found.client.post(f"{PAGE}/sporsmal", data={name: again[name] for name in form}, follow_redirects=False)
    assert len(found.desk.sent) == 1


def test_who_is_not_logged_in_is_counted_by_address_and_files_are_not_counted() -> None:
    """The login page has a bound too; health and browser files have none."""
    found = desktop(1)
    found.client.cookies.clear()
    assert [found.get("/hjelp").status_code for _ in range(2)] == [200, 429]
    assert {found.get(path).status_code for path in ("/livez", "/livez", "/static/0/app.css")} == {200}


@pytest.mark.parametrize(
    ("heard", "forwarded", "proxies", "wanted"),
    [
        ("203.0.113.5", [], [], "203.0.113.5"),
        ("203.0.113.5", ["198.51.100.7"], [], "203.0.113.5"),  # nobody's word is believed
        ("10.0.0.1", ["198.51.100.7"], ["10.0.0.0/8"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7"], ["10.0.0.0/8"], "198.51.100.7"),  # invented by the client
        ("10.0.0.1", ["1.1.1.1, 198.51.100.7, 10.0.0.2"], ["10.0.0.0/8"], "198.51.100.7"),
        ("10.0.0.1", ["1.1.1.1", "198.51.100.7"], ["10.0.0.0/8"], "198.51.100.7"),
        ("10.0.0.1", [""], ["10.0.0.0/8"], "10.0.0.1"),
        ("fd00::1", ["2001:db8::7"], ["fd00::/8"], "2001:db8::7"),
    ],
)
def test_an_address_is_what_our_own_proxies_heard(
    heard: str, forwarded: list[str], proxies: list[str], wanted: str
) -> None:
    """The last one that is no proxy of ours; without trusted proxies whoever is connected, whatever they say."""
    headers = type("Headers", (), {"getall": lambda _self, _name, default: forwarded or default})()
    connection: Any = type("Connection", (), {"headers": headers, "client": type("Client", (), {"host": heard})()})()
    assert address_of(connection, [ip_network(one) for one in proxies]) == wanted


def test_a_network_that_is_none_is_told_at_the_start() -> None:
    """By the variable's name, without its value."""
    with pytest.raises(ValueError, match="TRUSTED_PROXIES must be networks") as raised:
        settings(trusted_proxies="the-proxy")
    assert "the-proxy" not in str(raised.value)
    assert settings(trusted_proxies="10.0.0.0/8, fd00::/8").proxies == (
        ip_network("10.0.0.0/8"),
        ip_network("fd00::/8"),
    )


def test_a_page_that_fails_shows_the_reference_that_the_log_has() -> None:
    """No trace and no value on the page; by the reference somebody finds the line."""
    found = Desktop(user(), FakeReader(broken=RuntimeError("a name that no log may hold")))
    with structlog.testing.capture_logs() as logs:
        answer = found.get(f"/kommune/{OSLO}/arbeidsflate")
    shown = re.search(r'class="reference">([0-9A-F]{8})<', answer.text)
    assert shown
    assert [line["reference"] for line in logs if line["event"] == "request_failed"] == [shown[1]]
    assert "Traceback" not in answer.text
    assert "a name that no log may hold" not in answer.text + str(logs)
