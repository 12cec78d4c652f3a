"""Makes our admin site the one that every room registers its screens with."""

from django.contrib.admin.apps import AdminConfig


class OperatorConfig(AdminConfig):
    """Django's admin, with our site."""

    default_site = "notpanel.operator.site.OperatorSite"
