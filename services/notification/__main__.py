"""``python -m services.notification``: run the service, or ``migrate`` its database."""

from __future__ import annotations

import sys

from chassis.service import main
from chassis.settings import Settings
from services.notification.bootstrap import NAME, bootstrap

if __name__ == "__main__":
    sys.exit(main(NAME, bootstrap, Settings, sys.argv[1:]))
