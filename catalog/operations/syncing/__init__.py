"""Keeping the catalogue at what providers list and charge, with the operator's word on what he has to know first."""

from catalog.operations.syncing.deciding import CannotDecide, Decided, approve, refuse
from catalog.operations.syncing.report import Synced
from catalog.operations.syncing.rounds import SyncRefused, sync_services

__all__ = ["CannotDecide", "Decided", "SyncRefused", "Synced", "approve", "refuse", "sync_services"]
