"""A form that is sent again: by the same id it is the same command."""

from __future__ import annotations

import re

import pytest

from gateway.commands.outcomes import Outcome
from tests.unit.gateway.fakes import FakeDesk
from tests.unit.gateway.samples import OSLO, one_list
from tests.unit.gateway.test_pages import ALL_MARKED, FORM, LETTER, PAGE, ROOT, approved, desktop


def sheets(text: str) -> list[tuple[str, str]]:
    """Find each form's id and version."""
    return re.findall(r'name="skjema" value="([^"]+)">\s*<input type="hidden" name="versjon" value="([^"]+)"', text)


def test_trying_again_after_a_broker_that_was_away_is_the_same_command() -> None:
    """The broker may have it all the same: the form that comes back has the id and version it was sent with."""
    found = desktop(one_list(version=7), desk=FakeDesk(broker=False))
    answer = found.post(f"{PAGE}/svar", ALL_MARKED | {"handling": "lagre"})
    assert sheets(answer.text) == [(FORM["skjema"], "1")]


@pytest.mark.parametrize("step", ["send", "tilbake"])
def test_trying_again_to_send_is_the_same_command(step: str) -> None:
    """The approved list comes back with the id and version that its buttons had; a fresh page has others."""
    found = desktop(approved(), desk=FakeDesk(broker=False))
    answer = found.post(f"{PAGE}/{step}", FORM | {"versjon": "3"})
    assert answer.status_code == 503
    assert sheets(answer.text) == [(FORM["skjema"], "3")] * 3
    fresh = sheets(found.get(PAGE).text)
    assert {version for _, version in fresh} == {"4"}
    assert FORM["skjema"] not in {form_id for form_id, _ in fresh}


def test_marking_read_twice_from_one_page_is_one_command() -> None:
    """The id comes from the page's form; of another page, or for other notices, it is another command."""
    found = desktop(desk=FakeDesk(Outcome(OSLO, None)))
    other = {"skjema": LETTER, "varsel": "n-1"}
    for data in ({**FORM, "varsel": "n-1"}, {**FORM, "varsel": "n-1"}, {**FORM, "varsel": "n-2"}, other):
        assert found.post(f"{ROOT}/varsler/lest", data).status_code == 303
    first, second, *others = [command.command_id for command in found.desk.sent]
    assert first == second
    assert len({first, *others}) == 3
