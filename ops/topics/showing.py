"""How a record is shown: as JSON's values, or on a terminal. Masked, unless the reason for more is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.text import Text

from contracts.topics import BY_NAME
from ops.dead_letters import masking as whole
from ops.dead_letters.masking import MASK, printable
from ops.topics import masking
from ops.topics.records import Record


def document(record: Record, *, unmasked: bool) -> dict[str, Any]:
    """Write a record as JSON's values."""
    headers = {printable(name): printable(value.decode(errors="replace")) for name, value in record.headers}
    return {
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "at": record.at.isoformat(),
        "key": record.key_text if unmasked else masking.identity(record.key_text),
        "headers": headers if unmasked else masking.headers(record),
        "tombstone": record.value is None,
        "masked": not unmasked,
        "body": whole.body(record.value) if unmasked else masking.body(record),
    }


class Printer:
    """Writes records to a terminal: a line for each with what it is, and a line of its body or, in full, all of it."""

    def __init__(self, console: Console, *, unmasked: bool, full: bool, several: bool) -> None:
        self._console = console
        self._unmasked = unmasked
        self._full = full
        self._several = several

    def show(self, record: Record) -> None:
        """Write one."""
        self._console.print(Text.assemble(*self._head(record)), soft_wrap=True)
        if record.value is None:
            self._console.print(Text("    erased (tombstone)", "yellow"))
            return
        body = whole.body(record.value) if self._unmasked else masking.folded(masking.body(record))
        if self._full:
            told = json.dumps(body, indent=2, ensure_ascii=False)
            self._console.print(Text("\n".join(f"    {printable(line)}" for line in told.splitlines())), soft_wrap=True)
            return
        line = Text(f"    {short(body)}", "dim", no_wrap=True, overflow="ellipsis")
        self._console.print(line, soft_wrap=not self._console.is_terminal, crop=self._console.is_terminal)

    def _head(self, record: Record) -> Iterator[tuple[str, str]]:
        key = record.key_text if self._unmasked else masking.identity(record.key_text)
        shown = masking.headers(record)
        subject = shown.get("ce_subject", "")
        yield record.at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3], "cyan"
        where = f"{record.topic} " if self._several else ""
        yield f"  {where}{record.partition}:{record.offset}", "dim"
        yield f"  {shown.get('ce_type') or 'no type'}", "bold"
        if record.topic not in BY_NAME or record.header("ce_type") not in BY_NAME[record.topic].types:
            yield " (unknown here)", "yellow"
        yield f"  {printable(subject)}", "green"
        yield f"  {printable(key)}" if key != subject else "", ""


def short(body: Any) -> str:  # noqa: ANN401  any JSON value
    """Write a body as one line, without JSON's signs where they say nothing."""
    if isinstance(body, dict):
        told = [f"{name} {_value(value)}" for name, value in body.items() if value not in (None, "", [], {}, MASK)]
        return "  ".join([*told, MASK] if MASK in body.values() else told)
    return _value(body)


def _value(value: Any) -> str:  # noqa: ANN401  any JSON value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return "{" + short(value) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_value(each) for each in value) + "]"
    return printable(str(value))
