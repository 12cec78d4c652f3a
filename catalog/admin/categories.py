"""The operator's screen of categories."""

from django.contrib import admin
from django.utils.safestring import SafeString

from catalog.admin.screens import CatalogScreen
from catalog.models import Category
from kit.screens import list_link


@admin.register(Category)
class CategoryAdmin(CatalogScreen):
    """The headings, in the order resellers see them."""

    list_display = ["name", "position", "active", "services"]
    list_filter = ["active"]
    search_fields = ["name"]
    fields = ["name", "position", "active"]

    @admin.display(description="services")
    def services(self, category: Category) -> SafeString:
        """Return a link to its services."""
        return list_link("Services", "catalog_service_changelist", category=category.pk)
