from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest

from ops.embedded import kafka, oidc
from ops.embedded.demo_users import Role, demo_users
from ops.embedded.jars import JarSet
from ops.embedded.kafka import Kafka
from ops.embedded.oidc import login_page
from ops.embedded.postgres import Postgres
from ops.paths import ROOT

DIVISION = ROOT / "services/municipality/data/municipalities-2024-01-01.csv"
FIRST_WEIGHTS = (3, 7, 6, 1, 8, 9, 4, 5, 2, 1)
SECOND_WEIGHTS = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def test_kafka_serves_one_node(tmp_path: Path) -> None:
    """Everything that is kept in copies is kept in one, and no topic comes into being unasked."""
    config = Kafka(tmp_path, 9092, 9093).config()
    copies = {name: value for name, value in config.items() if "replication.factor" in name or name.endswith(".isr")}
    assert set(copies.values()) == {"1"}
    assert {"transaction.state.log.replication.factor", "offsets.topic.replication.factor"} <= copies.keys()
    assert config["auto.create.topics.enable"] == "false"
    assert config["log.dirs"] == str(tmp_path / "logs")
    assert config["listeners"] == "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"


def test_postgres_logs_no_person(tmp_path: Path) -> None:
    """Neither a statement nor the detail of a violated constraint goes to the log: both may hold a person."""
    options = " ".join(Postgres(tmp_path, 5432, "secret").launch().argv)
    assert "log_statement=none" in options
    assert "log_min_error_statement=panic" in options
    assert "log_error_verbosity=terse" in options
    assert "secret" not in options


def test_only_tests_give_up_durability(tmp_path: Path) -> None:
    """A stack's cluster survives a crash of the machine."""
    assert "fsync=off" not in Postgres(tmp_path, 5432, "").launch().argv
    assert "fsync=off" in Postgres(tmp_path, 5432, "", durable=False).launch().argv


@pytest.mark.parametrize(("jars", "main"), [(kafka.JARS, "kafka_2.13"), (oidc.JARS, "mock-oauth2-server")])
def test_java_libraries_are_locked(jars: JarSet, main: str) -> None:
    """Every library is named with its version and SHA-256, and no server to fetch it from."""
    assert any(jar.artifact == main for jar in jars.jars())
    assert all(re.fullmatch("[0-9a-f]{64}", jar.sha256) for jar in jars.jars())
    assert len({jar.filename for jar in jars.jars()}) == len(jars.jars())
    assert "://" not in jars.lock.read_text()


def test_the_demo_users_cover_every_case() -> None:
    """There are two writers for one municipality, a reader, and somebody with two municipalities."""
    users = demo_users()
    writers = [user for user in users if user.role is Role.WRITER]
    assert len([user for user in writers if user.places == "Oslo"]) == 2
    assert any(user.role is Role.READER for user in users)
    assert any(len(user.municipalities) == 2 for user in users)
    assert len({user.username for user in users}) == len(users)


def test_the_demo_users_are_synthetic() -> None:
    """Every identity number is synthetic (month + 80) and valid; every organisation number is a municipality's.

    But that of the operator, who is of none.
    """
    lines = DIVISION.read_text(encoding="utf-8").splitlines()
    numbers = {line.split(",")[4] for line in lines}
    for user in demo_users():
        digits = [int(digit) for digit in user.identity_number]
        assert 81 <= int(user.identity_number[2:4]) <= 92
        assert sum(weight * digit for weight, digit in zip(FIRST_WEIGHTS, digits[:10], strict=True)) % 11 == 0
        assert sum(weight * digit for weight, digit in zip(SECOND_WEIGHTS, digits, strict=True)) % 11 == 0
        own = {place.organisation_number for place in user.municipalities}
        assert own.isdisjoint(numbers) if user.role is Role.OPERATOR else own <= numbers


def test_rights_are_told_as_ansattporten_does() -> None:
    """A user's rights are authorization details that name the resource and each organisation."""
    [two] = [user for user in demo_users() if len(user.municipalities) == 2]
    [detail] = json.loads(json.dumps(two.claims()["authorization_details"]))
    assert detail["type"] == "ansattporten:altinn:resource"
    assert detail["resource"] == "urn:altinn:resource:fordeling-bosetter-skriv"
    assert [party["orgno"] for party in detail["authorized_parties"]] == [
        {"authority": "iso6523-actorid-upis", "ID": "0192:929911709"},
        {"authority": "iso6523-actorid-upis", "ID": "0192:964980543"},
    ]


def test_the_login_page_works_without_scripts() -> None:
    """Each user is a form of its own, whose claims come out as they went in; the page has no script."""
    users = demo_users()
    page = login_page(users)
    claims = [json.loads(unescape(value)) for value in re.findall(r'name="claims" value="([^"]*)"', page)]
    assert claims == [user.claims() for user in users]
    assert page.count('<form method="post">') == len(users)
    assert "<script" not in page
