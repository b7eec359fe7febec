"""``python -m services.municipality``: run the service, or ``migrate`` its database."""

from __future__ import annotations

import sys

from chassis.command import main
from chassis.settings import Settings
from services.municipality.bootstrap import NAME, bootstrap

if __name__ == "__main__":
    sys.exit(main(NAME, bootstrap, Settings, sys.argv[1:]))
