"""What pages, files and the API show of a person of whom nothing is known any more."""

from __future__ import annotations

from contracts.codes import LetterKind, ListStatus, PersonStatus, Sex
from contracts.distribution.threads_v1 import ThreadMessageState
from contracts.distribution.v1 import Act, PersonState
from contracts.letters.v1 import LetterState
from gateway.exports.persons import persons_table
from gateway.pages.list_view import timeline
from gateway.readmodel.one_list import OneList
from tests.unit.gateway.api_fakes import Api, ApiReader
from tests.unit.gateway.fakes import Desktop, FakeReader
from tests.unit.gateway.samples import LIST, NOW, OSLO, act, one_list, person, user

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
FOLDER = f"{PAGE}/personer/2"
TOLD = "Personopplysninger er slettet 24.11.2026"


def gone(number: int, **changes: object) -> PersonState:
    """Give an erased person that had moved in."""
    unknown = {"sex": Sex.UNKNOWN, "birth_year": 0, "nationality": None, "languages": []}
    settled = {"status": PersonStatus.SETTLED, "placed_on": NOW.date(), "settlement_date": NOW.date()}
    return person(number, erased_at=NOW, **(unknown | settled | changes))


def a_letter(number: int | None, kind: LetterKind = LetterKind.LETTER_TO_PERSON) -> LetterState:
    return LetterState(
        letter_id=f"3f6f0d1e-7c1b-4f0a-9f55-0a4a3f8f2c1{number or 0}",
        municipality_id=OSLO,
        list_id=LIST,
        running_number=number,
        kind=kind,
        planned_at=NOW,
        erased_at=NOW,
    )


def the_list() -> OneList:
    said = ThreadMessageState(
        list_id=LIST, municipality_id=OSLO, number=1, running_number=2, by_imdi=True,
        written=Act(user_id="imdi", display_name="IMDi", at=NOW), text="–", erased_at=NOW,
    )  # fmt: skip
    kept = person(1, status=PersonStatus.PLACED, placed_on=NOW.date())
    found = one_list(
        kept, gone(2), status=ListStatus.ANSWERED, answered=act(), approved=act(), erased_persons=1, placed=2, settled=1
    )
    return OneList(
        state=found.state, version=found.version, persons=found.persons, year=None, ledger_version=1,
        letters=(a_letter(None, LetterKind.PLACEMENT_DECISION), a_letter(2)), places_year=2026, messages=(said,),
    )  # fmt: skip


def desktop() -> Desktop:
    return Desktop(user(), FakeReader({LIST: the_list()}))


def test_the_list_says_so_plainly_and_opens_no_folder() -> None:
    """On its page and in print: the row with its status, the letters and words with their day; the other as before."""
    for address in (PAGE, f"{PAGE}/utskrift"):
        text = desktop().get(address).text
        assert TOLD in text
        assert "Ukjent" not in text
        assert "Bosatt" in text
        assert "Teksten er slettet 24.11.2026" in text
        assert "Ingen beskjed, eller så er den slettet." in text
        assert "født 0" not in text
        assert ">0</td>" not in text
        assert f'href="{FOLDER}"' not in text
    page = desktop().get(PAGE).text
    assert f'href="{PAGE}/personer/1"' in page
    assert page.count("Slettet 24.11.2026") == 2
    assert ".pdf" not in page


def test_the_folder_is_closed_with_an_explanation() -> None:
    """It says what is left and where, with the status of what is gone; a person nobody knows is not found as ever."""
    found = desktop().get(FOLDER)
    assert found.status_code == 410
    assert "Personmappen er lukket" in found.text
    assert TOLD in found.text
    assert f'href="{PAGE}"' in found.text
    assert desktop().get(f"{PAGE}/personer/9").status_code == 404


def test_the_way_of_the_letters_is_still_told() -> None:
    """No letter that is gone makes it look as if it had not been made, or had arrived."""
    assert [step.text for step in timeline(the_list())][-1] != "Alle brev er lest eller sendt på papir"


async def test_a_file_has_no_invented_facts() -> None:
    """No year 0 and no unknown sex: empty cells, and the day of the erasure."""
    table = persons_table(the_list())
    rows = [row async for chunk in table.rows for row in chunk]
    erased = dict(zip(table.headings, rows[1], strict=True))
    assert erased["Personopplysninger slettet"] == NOW.date()
    assert (erased["Kjønn"], erased["Fødselsår"], erased["Statsborger av"]) == (None, None, None)
    assert erased["Status"] == "Bosatt"


def test_the_api_says_so() -> None:
    """Of the person, and of the letters, which have no PDF any more."""
    api = Api(ApiReader({LIST: the_list()}))
    root = f"/municipalities/{OSLO}/distribution-lists/{LIST}"
    [kept, erased] = api.get(root).json()["persons"]
    assert kept["erased_at"] is None
    assert (erased["birth_year"], erased["sex"]) == (0, "unknown")
    assert erased["erased_at"].startswith("2026-11-24")
    assert {(one["pdf"], one["erased_at"][:10]) for one in api.get(f"{root}/letters").json()["items"]} == {
        (None, "2026-11-24")
    }
