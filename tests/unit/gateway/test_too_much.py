"""Over a bound: 503 and when to come back, 413 with words; and what was typed is never lost."""

from __future__ import annotations

import re
from html import unescape

import pytest

from gateway.commands.outcomes import Outcome
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import LIST
from tests.unit.gateway.test_pages import FORM, PAGE, ROOT, approved, desktop
from tests.unit.gateway.test_sending_again import sheets

FILLED = FORM | {
    "deling-1": "ja",
    "delgrunn-1": "others_may_follow",
    "bosett-1": "ja",
    "grunn-2": "capacity_reached",
    "tekst-2": "Vi har <ikke> plass",
    "grunn-3": "security",
    "beskjed": "Første linje\nAndre linje",
    "handling": "godkjenn",
}


def hidden(text: str) -> dict[str, str]:
    """Read the fields of the form that sends the same again."""
    form = text[text.index('class="again"') :]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[: form.index("</form>")])
    return {name: unescape(value) for name, value in fields}


def without_token(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name != "_csrf_token"}


def test_too_many_commands_bring_the_form_back_as_it_was() -> None:
    """503 with Retry-After; every mark, reason and word stands in the form; sent again it is the same."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3), busy=True))
    answer = found.post(f"{PAGE}/svar", FILLED)
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert sheets(answer.text) == [(FORM["skjema"], "1")]
    for words in ("Vi har &lt;ikke&gt; plass", "Første linje\nAndre linje", "Det er for mye på én gang"):
        assert words in answer.text
    assert re.search(r'value="capacity_reached" selected', answer.text)
    assert answer.text.count(" checked") == 2
    found.desk.busy = False
    for _ in range(2):
        assert found.post(f"{PAGE}/svar", FILLED).status_code == 303
    assert len({command.command_id for command in found.desk.sent}) == 1


@pytest.mark.parametrize("step", ["send", "tilbake"])
def test_too_many_commands_leave_an_approved_list_ready_to_be_sent(step: str) -> None:
    """Its buttons come back with the sheet they had."""
    answer = desktop(approved(), desk=FakeDesk(busy=True)).post(f"{PAGE}/{step}", FORM | {"versjon": "3"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert sheets(answer.text) == [(FORM["skjema"], "3")] * 3


def test_notices_that_could_not_be_marked_are_sent_again_from_the_page() -> None:
    """The page has a form with all that was chosen."""
    answer = desktop(desk=FakeDesk(busy=True)).post(f"{ROOT}/varsler/lest", FORM | {"varsel": "n-1"})
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert without_token(hidden(answer.text)) == FORM | {"varsel": "n-1"}


@pytest.mark.parametrize("where", ["session", "list"])
def test_a_database_that_is_away_loses_no_form(where: str) -> None:
    """Neither when it is the session that cannot be found, nor the list: sent from the page it is the same command."""
    found = desktop(desk=FakeDesk(Outcome(LIST, 3)))
    found.get(f"{ROOT}/arbeidsflate")
    token = found.client.cookies.get("__Host-skjema", "")
    broken = TimeoutError()
    found.sessions.broken, found.reader.broken = (broken, None) if where == "session" else (None, broken)
    data = FILLED | {"_csrf_token": token}
    answer = found.client.post(f"{PAGE}/svar", data=data, follow_redirects=False)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)
    assert hidden(answer.text) == data
    assert "Dette hadde du skrevet" in answer.text
    found.sessions.broken = found.reader.broken = None
    assert found.client.post(f"{PAGE}/svar", data=hidden(answer.text), follow_redirects=False).status_code == 303
    assert found.client.post(f"{PAGE}/svar", data=data, follow_redirects=False).status_code == 303
    assert len({command.command_id for command in found.desk.sent}) == 1


@pytest.mark.parametrize("token", ["", "made up"])
def test_nobody_else_gets_us_to_show_their_words(token: str) -> None:
    """A form from another site, without the token of a page of ours, does not come back."""
    found = desktop()
    found.get(f"{ROOT}/arbeidsflate")
    found.sessions.broken = TimeoutError()
    answer = found.client.post(f"{PAGE}/svar", data=FILLED | {"_csrf_token": token}, follow_redirects=False)
    assert answer.status_code == 503
    assert "Andre linje" not in answer.text


def test_a_database_that_is_away_says_when_to_come_back() -> None:
    """Of a page that is only read too."""
    found = desktop()
    found.reader.broken = TimeoutError()
    answer = found.get(PAGE)
    assert (answer.status_code, "retry-after" in answer.headers) == (503, True)


def test_a_form_that_is_too_large_is_told_in_words() -> None:
    """413, and what to do."""
    answer = desktop().post(f"{PAGE}/svar", FORM | {"beskjed": "x" * 2_000_001})
    assert answer.status_code == 413
    assert "Skjemaet er for stort" in answer.text
