"""``python -m services.distribution``: run the service, or ``migrate`` its database."""

from __future__ import annotations

import sys

from chassis.command import main
from services.distribution.bootstrap import NAME, DistributionSettings, bootstrap

if __name__ == "__main__":
    sys.exit(main(NAME, bootstrap, DistributionSettings, sys.argv[1:]))
