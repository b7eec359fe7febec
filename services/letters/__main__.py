"""``python -m services.letters``: run the service, or ``migrate`` its database."""

from __future__ import annotations

import sys

from chassis.command import main
from services.letters.bootstrap import NAME, LettersSettings, bootstrap

if __name__ == "__main__":
    sys.exit(main(NAME, bootstrap, LettersSettings, sys.argv[1:]))
