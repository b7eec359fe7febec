"""``python -m gateway``: serve the pages; ``migrate``: bring its database up to date; ``rebuild``: its read model."""

from __future__ import annotations

import sys

from gateway.serving import main

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
