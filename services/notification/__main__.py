"""``python -m services.notification``: run the service, or ``migrate`` its database."""

from __future__ import annotations

import sys

from chassis.command import main
from services.notification.bootstrap import NAME, NotificationSettings, bootstrap

if __name__ == "__main__":
    sys.exit(main(NAME, bootstrap, NotificationSettings, sys.argv[1:]))
