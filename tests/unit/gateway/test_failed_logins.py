"""Logins that are not taken are written down, by a code and without a name."""

from __future__ import annotations

import pytest

from gateway.audit.record import LoginFault
from tests.unit.gateway.fakes import Desktop, FakeProvider, FakeSessions


@pytest.mark.parametrize(
    ("query", "refuses", "why"),
    [
        ("code=c&state=of-nobody", None, LoginFault.NOT_OURS),
        ("", None, LoginFault.NOT_OURS),
        ("error=access_denied&state={state}", None, LoginFault.GIVEN_UP),
        ("code=c&state={state}", LoginFault.CODE, LoginFault.CODE),
        ("code=c&state={state}", LoginFault.LEVEL, LoginFault.LEVEL),
        ("code=c&state={state}", LoginFault.TOKEN, LoginFault.TOKEN),
    ],
)
def test_each_way_to_fail_has_its_row(query: str, refuses: LoginFault | None, why: LoginFault) -> None:
    """Whatever is wrong the browser is told the same, and no session begins."""
    sessions = FakeSessions()
    found = Desktop(sessions=sessions, provider=FakeProvider(refuses=refuses))
    found.get("/logg-inn")
    [state] = sessions.attempts
    answer = found.get("/logg-inn/retur?" + query.format(state=state))
    assert (answer.status_code, found.audit.logins, sessions.started) == (400, [why], [])
    assert "Innloggingen" in answer.text
