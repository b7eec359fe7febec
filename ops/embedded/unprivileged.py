"""Running a program that refuses to run as root.

Where we are root, the program runs as an ordinary account. It keeps one capability, to pass folders that account could
not (a clone under /root, a test's private temporary folder): else the tree's own permissions would have to be loosened.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from ops.errors import UserError

ACCOUNT = "nobody"
"""Exists on every Linux; owns nothing else."""


def prefix() -> tuple[str, ...]:
    """Tell what to put before a command line so that it does not run as root; empty where we are not root."""
    if os.geteuid() != 0:
        return ()
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise UserError(
            "PostgreSQL will not run as root and 'setpriv' is missing: run as another user, or install util-linux."
        )
    account = pwd.getpwnam(ACCOUNT)
    return (
        setpriv,
        f"--reuid={account.pw_uid}",
        f"--regid={account.pw_gid}",
        "--clear-groups",
        "--inh-caps=-all,+dac_override",
        "--ambient-caps=-all,+dac_override",
        "--",
    )


def hand_over(folder: Path) -> None:
    """Give a folder of ours to the account the program runs as; nothing where we are not root."""
    if os.geteuid() == 0:
        account = pwd.getpwnam(ACCOUNT)
        os.chown(folder, account.pw_uid, account.pw_gid)
