from __future__ import annotations

from typing import Any

import pytest

from contracts.codes import Role
from gateway.auth.guards import local_path
from gateway.auth.rights import Grant, grants
from gateway.auth.users import display_name, pseudonym
from tests.unit.gateway import samples

WRITE = "urn:altinn:resource:fordeling-bosetter-skriv"
READ = "urn:altinn:resource:fordeling-bosetter-les"


def detail(resource: str, *numbers: str, **changes: Any) -> dict[str, Any]:
    parties = [
        {"orgno": {"authority": "iso6523-actorid-upis", "ID": f"0192:{number}"}, "resource": resource}
        for number in numbers
    ]
    return {"type": "ansattporten:altinn:resource", "resource": resource, "authorized_parties": parties} | changes


def test_each_party_of_our_resources_gives_a_role() -> None:
    """Writers and readers come from their own resource, per organisation."""
    claims = {"authorization_details": [detail(WRITE, "958935420"), detail(READ, "964338531", "964980543")]}
    assert grants(claims) == (
        Grant("958935420", Role.SETTLEMENT_WRITER),
        Grant("964338531", Role.SETTLEMENT_READER),
        Grant("964980543", Role.SETTLEMENT_READER),
    )


@pytest.mark.parametrize("order", [(WRITE, READ), (READ, WRITE)])
def test_writing_includes_reading(order: tuple[str, str]) -> None:
    """Who has both roles for a municipality writes, whatever the order of the claims."""
    claims = {"authorization_details": [detail(resource, "958935420") for resource in order]}
    assert grants(claims) == (Grant("958935420", Role.SETTLEMENT_WRITER),)


@pytest.mark.parametrize(
    "details",
    [
        None,
        "text",
        {},
        [1, None, "x"],
        [detail("urn:altinn:resource:something-else", "958935420")],
        [detail(WRITE, "958935420", type="other")],
        [detail(WRITE, "95893542")],
        [detail(WRITE, "95893542x")],
        [detail(WRITE, authorized_parties="all")],
        [detail(WRITE, authorized_parties=[{"orgno": {"authority": "other", "ID": "0192:958935420"}}])],
        [detail(WRITE, authorized_parties=[{"orgno": "0192:958935420"}])],
        [detail(WRITE, authorized_parties=[detail(READ, "958935420")["authorized_parties"][0]])],
    ],
)
def test_what_is_not_ours_gives_nothing(details: object) -> None:
    """A resource of another service, another form, or a party for another resource opens no door."""
    assert grants({"authorization_details": details}) == ()


def test_a_pseudonym_is_stable_and_needs_the_secret() -> None:
    """The same login is the same user; another issuer, subject or secret is another one; no part shows the subject."""
    one = pseudonym("secret", "https://issuer", "12345678901")
    assert one == pseudonym("secret", "https://issuer", "12345678901")
    others = {
        pseudonym("other", "https://issuer", "12345678901"),
        pseudonym("secret", "https://elsewhere", "12345678901"),
        pseudonym("secret", "https://issuer", "12345678902"),
    }
    assert len({one, *others}) == 4
    assert "12345678901" not in one


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Kari Nordmann"}, "Kari Nordmann"),
        ({"name": "  Kari\n\x00 Nordmann "}, "Kari Nordmann"),
        ({"name": ""}, "Ukjent bruker"),
        ({}, "Ukjent bruker"),
        ({"name": "x" * 500}, "x" * 200),
    ],
)
def test_a_name_is_shown_as_one_clean_line(claims: dict[str, str], name: str) -> None:
    """What the provider calls somebody fits the contract, whatever it sends."""
    assert display_name(claims) == name


def test_access_is_to_the_municipalities_of_the_session_only() -> None:
    """Another municipality, and one that does not exist, are told no differently."""
    found = samples.user()
    assert found.to("k-0301") == samples.WRITER
    assert found.to("k-4601") is None
    assert found.to("") is None


@pytest.mark.parametrize(
    ("wanted", "path"),
    [
        ("/kommune/k-0301/arbeidsflate?varsler=alle", "/kommune/k-0301/arbeidsflate?varsler=alle"),
        ("/velg-kommune", "/velg-kommune"),
        (None, "/"),
        ("", "/"),
        ("https://evil.example/kommune/", "/"),
        ("//evil.example/kommune/", "/"),
        ("/kommune/\\evil.example", "/"),
        ("/kommune/x\r\nset-cookie: a=b", "/"),
        ("/logg-ut", "/"),
    ],
)
def test_login_goes_on_to_our_own_pages_only(wanted: str | None, path: str) -> None:
    """A link to our login cannot send anybody elsewhere afterwards."""
    assert local_path(wanted) == path
