"""Which changes of a message are refused within a major version.

Old messages must stay readable by new code, and new messages by old code. So within a major a property may be
added if it is optional, a limit may be widened, and a code may be added (readers are deployed before writers:
docs/decisions/0001-state-topics.md). Everything else needs a new major version.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]

_UPPER = ("maxLength", "maxItems", "maximum", "exclusiveMaximum")
_LOWER = ("minLength", "minItems", "minimum", "exclusiveMinimum")


def incompatibilities(old: Schema, new: Schema) -> list[str]:
    """List what makes ``new`` unable to stand beside ``old`` in one major, one sentence each; empty: compatible."""
    return sorted(set(_compare(old, new, _Defs(old, new), "")))


class _Defs:
    """Follows ``$ref`` on each side; a pair seen before is not compared again, so recursion ends."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old: Mapping[str, Schema] = old.get("$defs", {})
        self._new: Mapping[str, Schema] = new.get("$defs", {})
        self._seen: set[tuple[str, str]] = set()

    def follow(self, old: Schema, new: Schema) -> tuple[Schema, Schema] | None:
        refs = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if refs in self._seen and refs != ("", ""):
            return None
        self._seen.add(refs)
        return (
            self._old[refs[0].rpartition("/")[2]] if refs[0] else old,
            self._new[refs[1].rpartition("/")[2]] if refs[1] else new,
        )


def _compare(old: Schema, new: Schema, defs: _Defs, path: str) -> Iterator[str]:
    pair = defs.follow(old, new)
    if pair is None:
        return
    old, new = pair
    here = path or "the message"
    if old.get("type") != new.get("type"):
        yield f"{here}: type {old.get('type')} became {new.get('type')}"
        return
    if "const" in old and old["const"] != new.get("const"):
        yield f"{here}: constant changed"
    yield from (f"{here}: code {code!r} is gone" for code in old.get("enum", []) if code not in new.get("enum", [code]))
    if "enum" in new and "enum" not in old:
        yield f"{here}: is limited to codes now"
    yield from _limits(old, new, here)
    yield from _properties(old, new, defs, path)
    if "items" in old and "items" in new:
        yield from _compare(old["items"], new["items"], defs, f"{path}[]")
    yield from _alternatives(old, new, defs, path)


def _limits(old: Schema, new: Schema, here: str) -> Iterator[str]:
    for name in _UPPER:
        if name in new and (name not in old or new[name] < old[name]):
            yield f"{here}: {name} is narrower"
    for name in _LOWER:
        if name in new and (name not in old or new[name] > old[name]):
            yield f"{here}: {name} is narrower"
    for name in ("pattern", "format"):
        if name in new and new[name] != old.get(name):
            yield f"{here}: {name} changed"


def _properties(old: Schema, new: Schema, defs: _Defs, path: str) -> Iterator[str]:
    before: Mapping[str, Schema] = old.get("properties", {})
    after: Mapping[str, Schema] = new.get("properties", {})
    for name, schema in before.items():
        where = f"{path}.{name}" if path else name
        if name not in after:
            yield f"{where}: is gone"
        else:
            yield from _compare(schema, after[name], defs, where)
    required = set(new.get("required", [])) - set(old.get("required", []))
    yield from (f"{f'{path}.{name}' if path else name}: is required now" for name in required)


def _alternatives(old: Schema, new: Schema, defs: _Defs, path: str) -> Iterator[str]:
    before, after = old.get("anyOf", []), new.get("anyOf", [])
    if len(before) > len(after) or (not before and after):
        yield f"{path or 'the message'}: the alternatives changed"
        return
    for old_choice, new_choice in zip(before, after, strict=False):
        yield from _compare(old_choice, new_choice, defs, path)
