"""The parts of a person that are stored as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any

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
