"""Writes into docs/security.md how much is tried: ``python -m tests.integration.gateway.isolation.count``."""

from __future__ import annotations

from pathlib import Path

from tests.integration.gateway.isolation.callers import callers, namings
from tests.integration.gateway.isolation.doors import Door, For, doors
from tests.unit.gateway.fakes import Desktop

PAGE = Path(__file__).parents[4] / "docs" / "security.md"
BEGIN, END = "<!-- counted by tests/integration/gateway/isolation/count.py -->", "<!-- end of count -->"
WHOM = {
    For.ANYONE: "anyone: front page, help, login, files, health, the API's documents",
    For.SIGNED_IN: "who is logged in, of no municipality",
    For.READER: "pages and files of one municipality",
    For.STREAM: "the stream of events of one municipality",
    For.OWN: "forms of what is a reader's own",
    For.WRITER: "forms that change something, or open health notes",
    For.OPERATOR: "operations: how the services are, the catalogue of messages",
    For.CLIENT: "API, of no municipality",
    For.API_READER: "API operations that read",
    For.API_WRITER: "API operations that write, or open health notes",
}


def block(found: list[Door]) -> str:
    """Give the table between the two marks."""
    lines = ["| doors for | doors | × callers turned away | × ids of another's |", "|---|---|---|---|"]
    totals = [0, 0, 0]
    for whom, words in WHOM.items():
        of = [door for door in found if door.whom is whom]
        counts = [len(of), sum(len(callers(door)) for door in of), sum(len(namings(door)) for door in of)]
        totals = [total + count for total, count in zip(totals, counts, strict=True)]
        lines.append(f"| {words} | " + " | ".join(map(str, counts)) + " |")
    lines.append("| **all** | " + " | ".join(f"**{total}**" for total in totals) + " |")
    asked = 2 * (totals[1] + totals[2])
    words = f"**{totals[1] + totals[2]} combinations**, each asked twice, {asked:,} requests in all"
    return "\n".join([BEGIN, *lines, "", f"{words}: for what another has, and for what nobody has.", END])


def written(text: str, found: list[Door]) -> str:
    """Give the page with the table as it is now."""
    before, _, rest = text.partition(BEGIN)
    return before + block(found) + rest.partition(END)[2]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(), doors(Desktop().app)))
    print(block(doors(Desktop().app)))  # noqa: T201
