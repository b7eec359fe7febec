"""Hvem har sett: who of the municipality's own has looked at a placed person."""

from __future__ import annotations

from dataclasses import replace

import pytest

from contracts.codes import PersonStatus
from gateway.auth.users import Access
from gateway.folders.looks import Part, Refusal
from gateway.folders.seen_by import MOST
from tests.unit.gateway.fakes import Desktop
from tests.unit.gateway.samples import NAME, READER, WRITER, person, user
from tests.unit.gateway.test_folders import FOLDER, PAGE, SECRETS, placed, reader
from tests.unit.gateway.worlds import a_look

SEEN = f"{FOLDER}/oppslag"


@pytest.mark.parametrize("access", [WRITER, READER], ids=["writer", "reader"])
def test_the_page_tells_who_when_what_and_for_what(access: Access) -> None:
    """Linked from the folder; it names colleagues and nobody else, and is no look at the person."""
    looks = [a_look(Part.HEALTH, display_name="Ola Dahl", purpose_text="Møte med legen"), a_look(Part.LETTER)]
    found = Desktop(user(access), replace(reader(), looks=looks))
    assert f'href="{SEEN}"' in found.get(FOLDER).text
    found.looks.written.clear()
    page = found.get(SEEN)
    assert page.status_code == 200
    assert [word in page.text for word in ("Ola Dahl", "Kari Nordmann", "Møte med legen", "Navnet i et brev")] == [
        True
    ] * 4
    assert "24.11.2026 kl. 10.30" in page.text
    assert page.text.index("Ola Dahl") < page.text.index("Navnet i et brev")
    assert not [secret for secret in SECRETS if secret in page.text]
    assert NAME not in page.text
    assert found.looks.written == []


def test_only_the_latest_are_shown_and_it_says_so() -> None:
    """A person who is looked at for years does not make an endless page."""
    found = Desktop(user(), replace(reader(), looks=[a_look(Part.IDENTIFIED)] * (MOST + 1)))
    page = found.get(SEEN)
    assert page.text.count('<td data-label="Hvem">') == MOST
    assert f"De {MOST} nyeste oppslagene vises." in page.text


def test_nobody_has_looked_yet() -> None:
    """An empty page says what it is empty of."""
    page = Desktop(user(), reader()).get(SEEN)
    assert "Ingen i kommunen har sett hvem personen er ennå." in page.text
    assert "<table" not in page.text


def test_of_who_is_not_placed_there_is_no_page() -> None:
    """Declined, withdrawn, or nobody at all: 404 as the folder, and who tried is written down."""
    persons = (placed(1), person(2, 2, status=PersonStatus.DECLINED))
    found = Desktop(user(), replace(reader(*persons), looks=[a_look(Part.IDENTIFIED)]))
    for number in (2, 3):
        assert found.get(f"{PAGE}/personer/{number}/oppslag").status_code == 404
    assert [refusal for _, _, refusal in found.looks.written] == [Refusal.NOT_OPEN] * 2
    assert found.get(f"{PAGE}/personer/0/oppslag").status_code == 404
