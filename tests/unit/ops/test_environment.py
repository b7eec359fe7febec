from __future__ import annotations

from dataclasses import replace

import pytest

from ops.stack.environment import DATABASES, KAFKA, OIDC, SMTP, SVARUT, Stack, environment, without_password
from ops.stack.processes import embedded, table
from ops.stack.programs import PROGRAMS

REQUIRED = {
    "KAFKA_BOOTSTRAP_SERVERS",
    "DISTRIBUTION_DATABASE_URL",
    "MUNICIPALITY_DATABASE_URL",
    "NOTIFICATION_DATABASE_URL",
    "LETTERS_DATABASE_URL",
    "GATEWAY_DATABASE_URL",
    "GATEWAY_READER_DATABASE_URL",
    "OIDC_ISSUER",
    "MASKINPORTEN_ISSUER",
    "OIDC_CLIENT_ID",
    "OIDC_CLIENT_SECRET",
    "OBJECT_STORE_URL",
    "SMTP_URL",
    "MAIL_FROM",
    "MAIL_URL",
    "SVARUT_URL",
    "SVARUT_ACCOUNT_ID",
    "SVARUT_INTEGRATION_ID",
    "SVARUT_INTEGRATION_PASSWORD",
    "SVARUT_CERTIFICATE_FILE",
    "SVARUT_AUDIENCE",
    "SVARUT_SEND_SECONDS",
    "SVARUT_REQUEST_SECONDS",
    "SVARUT_RETRY_SECONDS",
    "SVARUT_POLL_SECONDS",
    "SVARUT_POLL_LONGEST_SECONDS",
    "MASKINPORTEN_CLIENT_ID",
    "MASKINPORTEN_KEY_FILE",
    "PUBLIC_URL",
    "GATEWAY_PORT",
    "GATEWAY_HOST",
    "GATEWAY_SECRET",
    "FORDELING_EMBEDDED",
    "OPERATIONS_ORGANISATIONS",
    "OPERATIONS_SERVICES",
    "PLACEMENT_POLICY",
    "DISTRIBUTION_HEALTH_PORT",
    "MUNICIPALITY_HEALTH_PORT",
    "NOTIFICATION_HEALTH_PORT",
    "LETTERS_HEALTH_PORT",
    "GATEWAY_HEALTH_PORT",
}


def test_every_variable_has_a_value(stack: Stack) -> None:
    """The processes are told every variable they read, and no other."""
    told = environment(stack)
    assert set(told) == REQUIRED | {"LOG_FORMAT"}
    assert all(told.values())


def test_the_browser_and_the_gateway_see_one_issuer(stack: Stack) -> None:
    """The issuer and the public address name the same host, which a browser on this machine reaches."""
    told = environment(stack)
    assert told["OIDC_ISSUER"] == f"http://localhost:{stack.ports['oidc']}/ansattporten"
    assert told["PUBLIC_URL"] == f"http://localhost:{stack.ports['gateway']}"


def test_the_reader_is_not_the_owner(stack: Stack) -> None:
    """Pages read the gateway's database as a role that does not own it."""
    told = environment(stack)
    assert "//fordeling_gateway:" in told["GATEWAY_DATABASE_URL"]
    assert "//fordeling_gateway_reader:" in told["GATEWAY_READER_DATABASE_URL"]
    assert told["GATEWAY_DATABASE_URL"].endswith("/fordeling_gateway")
    assert told["GATEWAY_READER_DATABASE_URL"].endswith("/fordeling_gateway")


def test_all_parts_are_embedded_by_default(stack: Stack) -> None:
    """With nothing given, Kafka, PostgreSQL, the login provider, the mail server and SvarUt start."""
    assert [part.name for part in embedded(stack)] == ["postgres", "kafka", "oidc", "mail", "svarut"]


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ({KAFKA: "kafka:9092"}, ["postgres", "oidc", "mail", "svarut"]),
        ({OIDC: "https://login.example"}, ["postgres", "kafka", "mail"]),
        (
            {database.variable: f"postgresql://db/{database.name}" for database in DATABASES},
            ["kafka", "oidc", "mail", "svarut"],
        ),
        ({"LETTERS_DATABASE_URL": "postgresql://db/letters"}, ["postgres", "kafka", "oidc", "mail", "svarut"]),
        ({SMTP: "smtp://mail:25"}, ["postgres", "kafka", "oidc", "svarut"]),
        ({SVARUT: "https://svarut.example"}, ["postgres", "kafka", "oidc", "mail"]),
        ({KAFKA: ""}, ["postgres", "kafka", "oidc", "mail", "svarut"]),
    ],
)
def test_what_is_given_replaces_the_embedded_part(stack: Stack, given: dict[str, str], left: list[str]) -> None:
    """A part whose URL is given is not started, and the processes are told that URL."""
    replaced = replace(stack, given=given)
    assert [part.name for part in embedded(replaced)] == left
    told = environment(replaced)
    assert all(told[name] == value for name, value in given.items() if value)


def test_one_given_database_is_not_made(stack: Stack) -> None:
    """Where one database is given, only the others are made in the embedded cluster."""
    replaced = replace(stack, given={"LETTERS_DATABASE_URL": "postgresql://db/letters"})
    assert "fordeling_letters" not in {database.name for database in replaced.embedded_databases()}
    assert len(replaced.embedded_databases()) == len(DATABASES) - 1


def test_ports_are_the_stacks_to_choose(stack: Stack) -> None:
    """A port in the caller's environment does not move a process away from where the stack looks for it."""
    replaced = replace(stack, given={"GATEWAY_PORT": "1", "LETTERS_HEALTH_PORT": "2"})
    assert environment(replaced) == environment(stack)


def test_the_process_table(stack: Stack) -> None:
    """Every process is there once, the embedded parts before the services, the gateway last."""
    names = [process.name for process in table(stack, PROGRAMS)]
    assert names == [
        "postgres",
        "kafka",
        "oidc",
        "mail",
        "svarut",
        "distribution",
        "municipality",
        "notification",
        "letters",
        "gateway",
    ]


def test_passwords_are_left_out() -> None:
    """An address is shown without its password, and otherwise as it is."""
    assert without_password("postgresql://me:s%40cret@db:5432/x?sslmode=require") == (
        "postgresql://me@db:5432/x?sslmode=require"
    )
    assert without_password("127.0.0.1:9092") == "127.0.0.1:9092"
