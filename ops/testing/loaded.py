"""Loads all that any command needs, into the process that calls are forked from."""

from __future__ import annotations

import importlib

from ops import cli

for _module in cli.COMMANDS.values():
    importlib.import_module(_module)
