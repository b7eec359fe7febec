"""The parts of persons and households that are stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

from services.distribution.domain.codes import SplitReason
from services.distribution.domain.households import Split
from services.distribution.domain.persons import Address, Details


def from_details(details: Details) -> dict[str, Any]:
    """Write details, dates as text."""
    arrival = details.earliest_arrival
    return asdict(details) | {"earliest_arrival": None if arrival is None else arrival.isoformat()}


def to_details(document: Mapping[str, Any]) -> Details:
    """Read details."""
    arrival = document["earliest_arrival"]
    return Details(
        **{
            **document,
            "languages": tuple(document["languages"]),
            "needs": tuple(document["needs"]),
            "earliest_arrival": None if arrival is None else date.fromisoformat(arrival),
        }
    )


def from_address(address: Address) -> dict[str, Any]:
    """Write an address."""
    return asdict(address)


def to_address(document: Mapping[str, Any]) -> Address:
    """Read an address."""
    return Address(tuple(document["lines"]), document["postal_code"], document["city"])


def from_split(split: Split) -> dict[str, Any]:
    """Write what is said of a household that is split."""
    return asdict(split)


def to_split(document: Mapping[str, Any], since: int) -> Split:
    """Read it; ``since``: a version of the list up to which it may have changed, whatever it says itself."""
    reason = document["reason"]
    return Split(
        **{
            **document,
            "reason": None if reason is None else SplitReason(reason),
            "version": max(document["version"], since),
        }
    )
