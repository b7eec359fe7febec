"""``python -m ops.secret_files FOLDER``: make the secrets that deploy/compose.yaml mounts, each a file of its own.

What is there stays. The files are readable to all, for a container's user has another number than we have; the folder
is its owner's only, and what is mounted from it does not ask for the folder's rights.
"""

from __future__ import annotations

import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from ops import kafka_secrets
from ops.stack.environment import DATABASES
from ops.svarut.part import Svarut, write_key

DATABASE_HOST = "postgres:5432"
RANDOM = ("postgres-password", "gateway-secret", "oidc-client-secret", "svarut-password")
SQL = "databases.sql"


def make(folder: Path) -> list[str]:
    """Make what is missing. Returns the names of the files made."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    before = {file.name for file in folder.iterdir()}
    for name in RANDOM:
        if name not in before:
            (folder / name).write_text(secrets.token_urlsafe(32))
    if SQL not in before:
        _databases(folder)
    kafka_secrets.write(folder)
    write_key(folder / "maskinporten-key.json")
    _certificate(folder)
    for file in folder.iterdir():
        file.chmod(0o644)
    return sorted(file.name for file in folder.iterdir() if file.name not in before)


def _databases(folder: Path) -> None:
    """Write the script that makes roles and databases, and the URL of each: they share the passwords."""
    script = []
    for database in DATABASES:
        password = secrets.token_urlsafe(32)
        url = f"postgresql://{database.role}:{password}@{DATABASE_HOST}/{database.name}"
        (folder / file_name(database.variable)).write_text(url)
        script.append(f"CREATE ROLE {database.role} LOGIN PASSWORD '{password}';")
        if database.owner:
            script.append(f"CREATE DATABASE {database.name} OWNER {database.role};")
            script.append(f"REVOKE CONNECT ON DATABASE {database.name} FROM PUBLIC;")
        else:
            script.append(f"GRANT CONNECT ON DATABASE {database.name} TO {database.role};")
    (folder / SQL).write_text("\n".join(script) + "\n")


def _certificate(folder: Path) -> None:
    """Make the SvarUt simulator's key, and the certificate that letters are encrypted to."""
    made = Svarut(folder / ".svarut", 0, "", "")
    if not (folder / "svarut-certificate.pem").exists():
        made.prepare()
        made.certificate.rename(folder / "svarut-certificate.pem")
        made.key.rename(folder / "svarut-key.pem")
        made.folder.rmdir()


def file_name(variable: str) -> str:
    """Tell the file of a variable: ``LETTERS_DATABASE_URL`` is in ``letters-database-url``."""
    return variable.lower().replace("_", "-")


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says. Returns the exit status."""
    if len(arguments) != 1:
        print("usage: python -m ops.secret_files FOLDER", file=sys.stderr)
        return 2
    for name in make(Path(arguments[0])):
        print(name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
