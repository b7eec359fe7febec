"""What municipality takes and tells, major version 1: the register, requests, resolutions and the ledger of places."""

from contracts.municipality.v1.ledger import (
    LedgerChangeState,
    LedgerEntryState,
    LedgerListState,
    LedgerMovement,
    LedgerYearState,
    Places,
    PlacesMoved,
)
from contracts.municipality.v1.register import (
    Contact,
    ContactsChanged,
    ContactState,
    MunicipalityRegistered,
    MunicipalityState,
    RegisterContacts,
    RegisterState,
)
from contracts.municipality.v1.requests import (
    PlacesRequested,
    RegisterResolution,
    Request,
    RequestRejection,
    RequestUnanswered,
    Resolution,
    ResolutionRegistered,
)

__all__ = [
    "Contact",
    "ContactState",
    "ContactsChanged",
    "LedgerChangeState",
    "LedgerEntryState",
    "LedgerListState",
    "LedgerMovement",
    "LedgerYearState",
    "MunicipalityRegistered",
    "MunicipalityState",
    "Places",
    "PlacesMoved",
    "PlacesRequested",
    "RegisterContacts",
    "RegisterResolution",
    "RegisterState",
    "Request",
    "RequestRejection",
    "RequestUnanswered",
    "Resolution",
    "ResolutionRegistered",
]
