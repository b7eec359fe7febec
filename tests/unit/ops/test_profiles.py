"""Clusters elsewhere, by name: what a profile says reaches every client, secrets stay out of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chassis.broker.kafka import connection_options, faststream_options
from chassis.broker.kafka_security import KafkaSecurity
from chassis.settings import Settings
from chassis.variables import SettingsError
from ops import kafka_client, profiles
from ops.errors import UserError
from ops.stack.opening import known, variables

PROFILE = """
[test.kafka]
bootstrap_servers = "kafka.test.example:9093"
security_protocol = "SASL_SSL"
ca_file = "ca.pem"
sasl_mechanism = "SCRAM-SHA-512"
sasl_username = "operations"
sasl_password_file = "password"

[test.databases]
sslmode = "verify-full"
sslrootcert = "ca.pem"
gateway_url_file = "gateway-url"
letters_url_env = "LETTERS_ELSEWHERE"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a file with a profile, beside which its secrets are; nothing else says where anything is."""
    (tmp_path / "profiles.toml").write_text(PROFILE)
    (tmp_path / "password").write_text("secret\n")
    (tmp_path / "gateway-url").write_text("postgresql://ops:pw@db.test.example/gateway\n")
    (tmp_path / "ca.pem").write_text("")
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_SASL_PASSWORD", "GATEWAY_DATABASE_URL", "FORDELING_PROFILE"):
        monkeypatch.setenv(name, "x")
        monkeypatch.delenv(name)
    monkeypatch.setenv("LETTERS_ELSEWHERE", "postgresql://ops@db.test.example/letters?sslmode=require")
    monkeypatch.setenv("FORDELING_PROFILES", str(tmp_path / "profiles.toml"))
    return tmp_path


def applied(folder: Path, **more: str) -> dict[str, str]:
    environment = {"FORDELING_PROFILES": str(folder / "profiles.toml"), "LETTERS_ELSEWHERE": "postgresql://l", **more}
    profiles.apply("test", environment)
    return environment


def test_a_profile_says_it_all(folder: Path) -> None:
    """Its addresses and secrets are in the variables; what pointed elsewhere before is gone, files' names included."""
    before = {"KAFKA_BOOTSTRAP_SERVERS": "prod:1", "DISTRIBUTION_DATABASE_URL": "x", "GATEWAY_DATABASE_URL_FILE": "/y"}
    found = applied(folder, **before)
    assert found["KAFKA_BOOTSTRAP_SERVERS"] == "kafka.test.example:9093"
    assert found["KAFKA_SASL_PASSWORD"] == "secret"
    assert found["KAFKA_CA_FILE"] == str(folder / "ca.pem")
    assert found["GATEWAY_DATABASE_URL"] == (
        f"postgresql://ops:pw@db.test.example/gateway?sslmode=verify-full&sslrootcert={folder}/ca.pem"
    )
    assert "DISTRIBUTION_DATABASE_URL" not in found
    assert "GATEWAY_DATABASE_URL_FILE" not in found


def test_a_url_says_itself_how_it_is_encrypted(folder: Path) -> None:
    """What a database's URL says of TLS stays as it is."""
    found = applied(folder, LETTERS_ELSEWHERE="postgresql://l@h/d?sslmode=require")
    assert "sslmode=require" in found["LETTERS_DATABASE_URL"]
    assert "verify-full" not in found["LETTERS_DATABASE_URL"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('sasl_password = "secret"', "kafka.sasl_password is no key of a profile: secrets stay out of it, write"),
        ('typo = "x"', "kafka.typo is no key"),
        ('sasl_password_env = "NOT_THERE"', "kafka.sasl_password_file and kafka.sasl_password_env"),
        ("sasl_mechanism2 = 3", "is no key"),
    ],
)
def test_a_wrong_key_is_named_and_no_value(folder: Path, line: str, said: str) -> None:
    """A profile with a secret in it, or a key nobody knows, is refused naming the key and not the value."""
    text = PROFILE.replace("[test.kafka]", f"[test.kafka]\n{line}")
    (folder / "profiles.toml").write_text(text)
    with pytest.raises(UserError, match="Profile test: ") as told:
        applied(folder)
    assert said in str(told.value)
    assert "secret\n" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("SCRAM-SHA-512", "NTLM"), "KAFKA_SASL_MECHANISM: choose among"),
        (("SASL_SSL", "TLS"), "KAFKA_SECURITY_PROTOCOL: choose among"),
        (('ca_file = "ca.pem"\nsasl', 'ca_file = "no.pem"\nsasl'), "KAFKA_CA_FILE: there is no such file"),
        (('"password"', '"nowhere"'), "cannot be read"),
        (("LETTERS_ELSEWHERE", "NOT_SET"), "names NOT_SET, which is not set"),
        (("[test.kafka]", "[test.kafka"), "is not TOML"),
        (("[test.", "[other."), "There is no profile 'test'"),
    ],
)
def test_a_mistake_is_one_line(folder: Path, change: tuple[str, str], said: str) -> None:
    """What is wrong in a profile is told in one line naming it."""
    (folder / "profiles.toml").write_text(PROFILE.replace(*change))
    with pytest.raises(UserError) as told:
        applied(folder)
    assert said in str(told.value)
    assert "\n" not in str(told.value).strip()


def test_a_profile_and_a_folder_exclude_each_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a profile named, no stack on this machine is meant, and none may be."""
    monkeypatch.setenv("FORDELING_PROFILE", "test")
    with pytest.raises(UserError, match="give one of them"):
        variables(folder)
    with pytest.raises(UserError, match="not about the profile test"):
        known(None)


SECURE = {
    "kafka_security_protocol": "SASL_SSL",
    "kafka_sasl_mechanism": "SCRAM-SHA-256",
    "kafka_sasl_username": "services",
    "kafka_sasl_password": "secret",
}


def test_every_client_connects_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    """aiokafka, FastStream and librdkafka get the same name, password and TLS from the same settings."""
    settings = Settings(kafka_bootstrap_servers="k:1", database_url="-", **SECURE)  # type: ignore[arg-type]
    options = connection_options(settings)
    assert (options["security_protocol"], options["sasl_mechanism"]) == ("SASL_SSL", "SCRAM-SHA-256")
    assert (options["sasl_plain_username"], options["sasl_plain_password"]) == ("services", "secret")
    assert options["ssl_context"].check_hostname
    given = faststream_options(settings)["security"]
    assert (given.username, given.password, given.use_ssl) == ("services", "secret", True)
    assert given.ssl_context is options["ssl_context"]
    for name, value in SECURE.items():
        monkeypatch.setenv(name.upper(), value)
    ops = kafka_client.options("k:1", error_cb=print, group_id="g")
    assert (ops["security.protocol"], ops["sasl.username"], ops["sasl.password"]) == ("SASL_SSL", "services", "secret")
    assert (ops["group.id"], ops["error_cb"]) == ("g", print)


def test_a_plain_connection_stays_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without settings of the kind, clients are made as before."""
    settings = Settings(kafka_bootstrap_servers="k:1", database_url="-")
    plain = {"bootstrap_servers": ["k:1"], "metadata_max_age_ms": 30_000}
    assert connection_options(settings) == faststream_options(settings) == plain
    monkeypatch.delenv("KAFKA_SECURITY_PROTOCOL", raising=False)
    assert not [name for name in kafka_client.options("k:1") if name.startswith(("sasl", "security"))]


def test_a_password_is_not_shown() -> None:
    """Neither settings nor the security made of them show the password when printed."""
    settings = Settings(kafka_bootstrap_servers="k:1", database_url="-", **SECURE)  # type: ignore[arg-type]
    assert "secret" not in repr(settings)
    assert "secret" not in repr(settings.kafka_security)


def test_a_wrong_setting_ends_a_start(monkeypatch: pytest.MonkeyPatch) -> None:
    """A service that is told to sign in without a name says so instead of trying for ever."""
    for name, value in {**SECURE, "kafka_sasl_username": "", "kafka_bootstrap_servers": "k:1"}.items():
        monkeypatch.setenv(name.upper(), value)
    monkeypatch.setenv("DATABASE_URL", "-")
    with pytest.raises(SettingsError, match="KAFKA_SASL_USERNAME: is needed with SASL_SSL"):
        Settings.for_service("letters")


def test_a_key_needs_its_certificate() -> None:
    """Half of a client's certificate is a mistake that is told."""
    with pytest.raises(ValueError, match="give both or neither"):
        KafkaSecurity(key_file="k.pem")
