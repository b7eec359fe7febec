"""Person folders: who sees what, that it was written down first, and that nothing is shown where it could not be."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import structlog

from contracts.codes import ListStatus, Need, PersonStatus, Role, WithdrawalReason
from contracts.distribution.v1 import PersonState, Withdrawal
from gateway.auth.users import Access
from gateway.folders.looks import Channel, Part, Purpose, Refusal
from gateway.pages.duf_number import looks_odd
from tests.unit.gateway.api_fakes import READER_TOKEN, Api, ApiReader, FakeMunicipalities
from tests.unit.gateway.fakes import Desktop, FakeLooks, FakeReader
from tests.unit.gateway.samples import (
    DUF_NUMBER,
    HEALTH,
    LIST,
    NAME,
    NOW,
    OSLO,
    READER,
    WRITER,
    act,
    folder,
    one_list,
    person,
    user,
)

PAGE = f"/kommune/{OSLO}/bosetting/fordelinger/{LIST}"
FOLDER = f"{PAGE}/personer/1"
NEEDS = {"needs": [Need.STEP_FREE_HOME], "needs_note": "Bruker krykker."}
SECRETS = (NAME, "Merkesen", DUF_NUMBER, "17859010229", "17.05.1990", "Nordlys", HEALTH, "krykker")
OF_API = f"/municipalities/{OSLO}/distribution-lists/{LIST}/persons/1/folder"


def placed(number: int, household: int = 1, **changes: Any) -> PersonState:
    return person(number, household, status=PersonStatus.PLACED, placed_on=NOW.date(), **NEEDS, **changes)


def reader(*persons: PersonState, kind: type[FakeReader] = FakeReader, **folders: Any) -> Any:
    """Give a read model of an answered list, with a folder of each person."""
    kept = persons or (placed(1), placed(2), person(3, 2, status=PersonStatus.DECLINED))
    found = one_list(*kept, status=ListStatus.ANSWERED, answered=act(), approved=act())
    return kind(
        {LIST: found}, folders={(LIST, one.running_number): folder(one.running_number, **folders) for one in kept}
    )


def shown(text: str) -> list[str]:
    return [secret for secret in SECRETS if secret in text.replace(" ", "") or secret in text]


def test_a_folder_is_shown_once_the_look_is_written() -> None:
    """Name, numbers, birth date and address; the row says who, whom, which part and why; no health yet."""
    found = Desktop(user(), reader())
    answer = found.get(FOLDER)
    assert answer.status_code == 200
    assert not {NAME, DUF_NUMBER, "17859010229", "17.05.1990", "Nordlys"} - set(shown(answer.text))
    assert not [text for text in (HEALTH, "krykker", "Bolig uten trapper") if text in answer.text]
    [(viewer, wanted, refusal)] = found.looks.written
    assert (viewer.user_id, viewer.display_name, viewer.role, viewer.channel) == (
        "u-1", "Kari Nordmann", Role.SETTLEMENT_WRITER, Channel.PAGE,
    )  # fmt: skip
    assert (wanted.municipality_id, wanted.list_id, wanted.running_number) == (OSLO, LIST, 1)
    assert (wanted.part, wanted.purpose, refusal) == (Part.IDENTIFIED, Purpose.SETTLEMENT, None)


def test_no_name_is_in_the_title_or_an_address() -> None:
    """Browsers keep both."""
    text = Desktop(user(), reader()).get(FOLDER).text
    title = text[text.index("<title>") : text.index("</title>")]
    links = [part.split('"')[0] for part in text.split('href="')[1:]]
    assert not shown(title + " ".join(links))


def test_the_health_part_takes_a_purpose() -> None:
    """Stated, written down with its words, and then shown; without one it is asked for and nothing of it is shown."""
    found = Desktop(user(), reader())
    for data, asked in (
        ({}, "Velg hvorfor du trenger helseopplysningene"),
        ({"formal": "nysgjerrig"}, "Velg hvorfor du trenger helseopplysningene"),
        ({"formal": "settlement"}, "Velg hvorfor du trenger helseopplysningene"),
        ({"formal": "other", "formalstekst": "  "}, "Skriv hva du skal bruke helseopplysningene til"),
        ({"formal": "housing", "formalstekst": "x" * 501}, "høyst 500 tegn"),
    ):
        answer = found.post(f"{FOLDER}/helse", data)
        assert answer.status_code == 422
        assert asked in answer.text
        assert HEALTH not in answer.text
        assert found.looks.written[-1][1].part is Part.IDENTIFIED
    answer = found.post(f"{FOLDER}/helse", {"formal": "other", "formalstekst": "Melde fra til skolen"})
    assert answer.status_code == 200
    assert {HEALTH, "krykker"} <= set(shown(answer.text))
    _, wanted, refusal = found.looks.written[-1]
    assert (wanted.part, wanted.purpose, wanted.purpose_text) == (Part.HEALTH, Purpose.OTHER, "Melde fra til skolen")
    assert refusal is None


def test_a_reader_sees_who_it_is_and_not_the_health_part() -> None:
    """No form on the page; a form sent all the same is refused, and that is written down."""
    found = Desktop(user(READER), reader())
    page = found.get(FOLDER)
    assert NAME in page.text
    assert "Rollen din gir ikke tilgang til helseopplysninger" in page.text
    assert 'name="formal"' not in page.text
    answer = found.post(f"{FOLDER}/helse", {"formal": "housing"})
    assert answer.status_code == 403
    assert not shown(answer.text)
    viewer, wanted, refusal = found.looks.written[-1]
    assert (viewer.role, wanted.part, refusal) == (Role.SETTLEMENT_READER, Part.HEALTH, Refusal.ROLE)


def test_what_cannot_be_written_down_is_not_shown() -> None:
    """503 without a word of the person, on the page, of the health part, in the API, and of who is turned away."""
    looks = FakeLooks(broken=True)
    found = Desktop(user(), reader(), looks=looks)
    with structlog.testing.capture_logs() as logs:
        answers = [
            found.get(FOLDER),
            found.post(f"{FOLDER}/helse", {"formal": "housing"}),
            Desktop(user(Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER)), reader(), looks=looks).get(FOLDER),
        ]
    for answer in answers:
        assert answer.status_code == 503
        assert "Hvert oppslag skal registreres før noe vises" in answer.text
        assert not shown(answer.text)
    assert found.reader.folders_read == 0
    assert not shown(str(logs))
    api = Api(reader=reader(kind=ApiReader), looks=looks)
    answer = api.get(OF_API, headers={"Look-Purpose": "settlement"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:problem-type:fordeling:look-not-recorded")


def test_another_municipality_is_turned_away_without_a_hint_and_written_down() -> None:
    """The same 404 whether there is such a folder, person or municipality; the row names what was asked for."""
    theirs = user(Access("k-4601", "Bergen", Role.SETTLEMENT_WRITER))
    found, empty = Desktop(theirs, reader()), Desktop(theirs)
    for path in (FOLDER, FOLDER.replace(OSLO, "k-9999"), FOLDER.replace("/1", "/77")):
        answers = [one.get(path) for one in (found, empty)]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert not shown(answers[0].text)
    assert found.post(f"{FOLDER}/helse", {"formal": "housing"}).status_code == 404
    assert [(wanted.municipality_id, wanted.part.value, refusal) for _, wanted, refusal in found.looks.written] == [
        (OSLO, "identified", Refusal.NO_ACCESS), ("k-9999", "identified", Refusal.NO_ACCESS),
        (OSLO, "identified", Refusal.NO_ACCESS), (OSLO, "health", Refusal.NO_ACCESS),
    ]  # fmt: skip
    assert {viewer.role for viewer, _, _ in found.looks.written} == {None}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": PersonStatus.REQUESTED},
        {"status": PersonStatus.ACCEPTED},
        {"status": PersonStatus.DECLINED},
        {
            "status": PersonStatus.WITHDRAWN,
            "withdrawn": Withdrawal(at=NOW, reason=WithdrawalReason.NEW_INFORMATION),
        },
    ],
    ids=["requested", "accepted", "declined", "withdrawn"],
)
def test_a_folder_is_closed_but_while_the_person_is_placed(changes: dict[str, Any]) -> None:
    """Though the folder's own record were here: 404, nothing read, the attempt written down, no link on the list."""
    found = Desktop(user(), reader(person(1, **changes), placed(2)))
    answer = found.get(FOLDER)
    assert answer.status_code == 404
    assert not shown(answer.text + found.get(PAGE).text.replace("krykker", ""))
    assert found.reader.folders_read == 0
    assert found.looks.written[-1][2] is Refusal.NOT_OPEN
    links = found.get(PAGE).text
    assert f'href="{FOLDER}"' not in links
    assert f'href="{PAGE}/personer/2"' in links


@pytest.mark.parametrize("path", ["personer/0", "personer/1001", "personer/99999999999999999999", "personer/x"])
def test_what_can_be_nobody_is_not_there(path: str) -> None:
    """404, without asking the database."""
    found = Desktop(user(), reader())
    assert found.get(f"{PAGE}/{path}").status_code == 404
    assert found.looks.written == []


def test_a_system_looks_under_the_same_rules() -> None:
    """A purpose for each look; health for who may write; what is refused is written down too."""
    found = Api(reader=reader(kind=ApiReader))
    found.looks.reader = found.reader
    missing = found.get(OF_API)
    assert (missing.status_code, missing.json()["type"]) == (400, "urn:problem-type:fordeling:purpose-missing")
    assert found.get(OF_API, headers={"Look-Purpose": "other"}).status_code == 400
    answer = found.get(OF_API, headers={"Look-Purpose": "housing"}, bearer=READER_TOKEN)
    assert answer.status_code == 200
    assert (answer.json()["given_name"], answer.json()["household"]) == (NAME, [1, 2])
    assert HEALTH not in answer.text
    unworded = found.call("POST", f"{OF_API}/health", json={"purpose": "other"})
    assert (unworded.status_code, HEALTH in unworded.text) == (422, False)
    health = found.call("POST", f"{OF_API}/health", json={"purpose": "other", "purpose_text": "Fastlege"})
    assert health.json()["health_note"] == HEALTH
    assert found.call("POST", f"{OF_API}/health", json={"purpose": "housing"}, bearer=READER_TOKEN).status_code == 403
    assert [(wanted.part.value, wanted.purpose, refusal) for _, wanted, refusal in found.looks.written] == [
        ("identified", None, Refusal.NO_PURPOSE),
        ("identified", Purpose.HOUSING, None), ("health", Purpose.OTHER, None), ("health", None, Refusal.ROLE),
    ]  # fmt: skip
    assert found.looks.written[0][0].channel is Channel.API


def test_a_system_of_another_municipality_is_turned_away() -> None:
    """404 as for what does not exist, and a row; a token that is no good has nobody to write down."""
    found = Api(reader=reader(kind=ApiReader), municipalities=FakeMunicipalities({"958935420": ("k-4601", "Bergen")}))
    answer = found.get(OF_API, headers={"Look-Purpose": "housing"})
    assert answer.status_code == 404
    assert not shown(answer.text)
    assert [refusal for _, _, refusal in found.looks.written] == [Refusal.NO_ACCESS]
    assert found.get(OF_API, bearer="x.y.z").status_code == 401
    assert len(found.looks.written) == 1


@pytest.mark.parametrize(
    ("number", "odd"),
    [
        (DUF_NUMBER, False),
        ("198412345678", True),
        ("202612345600", False),
        ("202712345678", True),
        ("20261234567", True),
        ("2026 1234567", True),
    ],
)
def test_a_number_is_odd_by_its_length_and_year_alone(number: str, odd: bool) -> None:
    """The rule of the check digits is not public: they are nobody's to judge."""
    assert looks_odd(number, date(2026, 11, 24)) is odd


def test_an_odd_number_is_a_warning_and_no_more() -> None:
    """The folder is shown all the same."""
    for number, odd in ((DUF_NUMBER, False), ("198412345678", True)):
        page = Desktop(user(WRITER), reader(duf_number=number)).get(FOLDER)
        assert page.status_code == 200
        assert ("Ser uvanlig ut" in page.text) is odd
