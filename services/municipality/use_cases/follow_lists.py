"""Follow what distribution tells of its lists: the ledger moves."""

from __future__ import annotations

from collections.abc import Sequence

from services.municipality.domain.list_facts import ListFact
from services.municipality.use_cases.ports import Ledgers


async def follow_lists(facts: Sequence[ListFact], ledgers: Ledgers) -> None:
    """Follow the facts in their order, many at once: a handful of statements however many persons they name."""
    book = await ledgers.open(facts)
    for fact in facts:
        book.follow(fact)
    await ledgers.close(book)
