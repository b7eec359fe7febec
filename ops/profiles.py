"""Named clusters: how to reach the Kafka and the databases of an installation that is not a stack on this machine.

A profile stands in a file (TOML) and is named with ``--profile`` or ``FORDELING_PROFILE``. It fills the variables that
all our programs read, so that each client connects alike; secrets are in files of their own or in the environment.
While a profile is named, nothing else says where anything is: no variable and no stack's folder. See docs/cli.md.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, MutableMapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chassis.broker.kafka_security import FIELDS, KafkaSecurity, SecurityError
from ops.errors import UserError
from ops.stack.environment import DATABASES, KAFKA
from ops.stack.opening import PROFILE

NAMED_BY = PROFILE
FILE_BY = "FORDELING_PROFILES"
KAFKA_KEYS = ("bootstrap_servers", *(name for name in FIELDS if name != "sasl_password"))
PASSWORD = "sasl_password"  # noqa: S105 - the name of a key
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")
"""What asyncpg and psycopg both read from a database's URL."""


def file(environment: Mapping[str, str]) -> Path:
    """Tell which file holds the profiles."""
    if named := environment.get(FILE_BY):
        return Path(named).expanduser()
    base = environment.get("XDG_CONFIG_HOME") or "~/.config"
    return Path(base).expanduser() / "fordeling" / "profiles.toml"


def names(environment: Mapping[str, str]) -> list[str]:
    """Tell the profiles that there are, for completion and errors; none where the file cannot be read."""
    try:
        return sorted(_read(file(environment)))
    except UserError:
        return []


def apply(name: str, environment: MutableMapping[str, str]) -> None:
    """Let the environment say what the profile says, and no more, about where Kafka and databases are.

    Raises UserError naming the profile and the key that is wrong.
    """
    where = file(environment)
    profiles = _read(where)
    if name not in profiles:
        known = ", ".join(sorted(profiles)) or "none"
        raise UserError(f"There is no profile '{name}' in {where} (it has: {known}).")
    found = variables(name, profiles[name], environment, where.parent)
    for variable in _managed():
        environment.pop(variable, None)
        environment.pop(f"{variable}_FILE", None)
    environment.update(found)
    environment[NAMED_BY] = name


def variables(name: str, profile: Mapping[str, Any], environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Tell the variables of a profile; ``folder``: what its files' names are relative to. Raises UserError."""
    reader = _Reader(name, environment, folder)
    kafka, databases = dict(profile.get("kafka", {})), dict(profile.get("databases", {}))
    reader.known("", profile, ("kafka", "databases"))
    reader.known("kafka.", kafka, (*KAFKA_KEYS, *reader.secret_keys(PASSWORD)))
    tls = {key: databases.pop(key) for key in TLS if key in databases}
    database_keys = [key for each in DATABASES for key in reader.secret_keys(_key(each.variable))]
    reader.known("databases.", databases, database_keys)
    found = {f"KAFKA_{key.upper()}": reader.text("kafka.", key, kafka[key]) for key in KAFKA_KEYS if key in kafka}
    if password := reader.secret("kafka.", PASSWORD, kafka):
        found[f"KAFKA_{PASSWORD.upper()}"] = password
    for each in DATABASES:
        if url := reader.secret("databases.", _key(each.variable), databases):
            found[each.variable] = _with_tls(url, {key: reader.text("databases.", key, tls[key]) for key in tls})
    try:
        KafkaSecurity.of(found)
    except SecurityError as error:
        raise UserError(f"Profile {name}: {error}") from None
    return found


class _Reader:
    """Reads one profile's keys. Errors name the profile and the key, never a value."""

    def __init__(self, name: str, environment: Mapping[str, str], folder: Path) -> None:
        self._name = name
        self._environment = environment
        self._folder = folder

    @staticmethod
    def secret_keys(key: str) -> tuple[str, str]:
        return f"{key}_file", f"{key}_env"

    def known(self, where: str, given: Mapping[str, Any], keys: Collection[str]) -> None:
        for key in given:
            if key not in keys:
                secret = [each for each in keys if each.startswith(f"{key}_")]
                hint = f": secrets stay out of it, write {' or '.join(secret)}" if secret else ""
                raise UserError(f"Profile {self._name}: {where}{key} is no key of a profile{hint} (docs/cli.md).")

    def text(self, where: str, key: str, value: object) -> str:
        if not isinstance(value, str):
            raise UserError(f"Profile {self._name}: {where}{key} has to be a text.")
        return str(self._path(value)) if key.endswith("_file") or key in TLS[1:] else value

    def secret(self, where: str, key: str, given: Mapping[str, Any]) -> str | None:
        by_file, by_variable = self.secret_keys(key)
        if by_file in given and by_variable in given:
            raise UserError(f"Profile {self._name}: {where}{by_file} and {where}{by_variable}: give one of them.")
        if by_variable in given:
            variable = self.text(where, by_variable, given[by_variable])
            if not self._environment.get(variable):
                raise UserError(f"Profile {self._name}: {where}{by_variable} names {variable}, which is not set.")
            return self._environment[variable]
        if by_file not in given:
            return None
        path = Path(self.text(where, by_file, given[by_file]))
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise UserError(f"Profile {self._name}: {where}{by_file}: {path} cannot be read.") from None

    def _path(self, text: str) -> Path:
        return self._folder / Path(text).expanduser()


def _read(where: Path) -> dict[str, dict[str, Any]]:
    try:
        found = tomllib.loads(where.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(f"There is no {where} that would hold profiles (docs/cli.md tells how to write one).") from None
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{where} cannot be read: {type(error).__name__}") from None
    except tomllib.TOMLDecodeError as error:
        raise UserError(f"{where} is not TOML: {error}") from None
    return {name: value for name, value in found.items() if isinstance(value, dict)}


def _managed() -> list[str]:
    return [KAFKA, *(f"KAFKA_{name.upper()}" for name in FIELDS), *(each.variable for each in DATABASES)]


def _key(variable: str) -> str:
    """``GATEWAY_READER_DATABASE_URL`` is ``gateway_reader_url`` in a profile."""
    return variable.removesuffix("_DATABASE_URL").lower() + "_url"


def _with_tls(url: str, tls: Mapping[str, str]) -> str:
    """Put the connection's TLS into a URL that says nothing of its own about it."""
    parts = urlsplit(url)
    own = dict(parse_qsl(parts.query))
    return urlunsplit(parts._replace(query=urlencode({**tls, **own}, safe="/")))
