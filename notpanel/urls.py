"""The human pages. `/api/v2` does not come by here: see wsgi.py."""

from django.contrib import admin
from django.urls import include, path

from notpanel import health
from orders.admin.pricing import explain_price

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/explain-price/", admin.site.admin_view(explain_price), name="explain_price"),
    path("admin/", admin.site.urls),
    path("accounts/", include("dashboard.people.urls")),
    path("", include("dashboard.urls")),
]
