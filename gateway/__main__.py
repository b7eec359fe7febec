"""``python -m gateway``: serve the pages; ``python -m gateway migrate``: bring its database up to date."""

from __future__ import annotations

import sys

from gateway.serving import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
