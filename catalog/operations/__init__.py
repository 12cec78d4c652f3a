"""Every write of the catalogue: importing a provider's list, and the operator's own edits."""

from catalog.operations.editing import (
    add_category,
    add_service,
    add_source,
    change_category,
    change_service,
    change_source,
)
from catalog.operations.importing import ImportRefused, import_services

__all__ = [
    "ImportRefused",
    "add_category",
    "add_service",
    "add_source",
    "change_category",
    "change_service",
    "change_source",
    "import_services",
]
