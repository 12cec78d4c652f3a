"""The human pages. `/api/v2` does not come by here: see wsgi.py."""

from django.contrib import admin
from django.urls import include, path

from dashboard.public.board import board
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

handler400 = "dashboard.public.failing.bad_request"
handler403 = "dashboard.public.failing.forbidden"
handler404 = "dashboard.public.failing.not_found"
handler500 = "dashboard.public.failing.failed"

board.checks = health.PUBLIC  # for the page that says how the panel's parts are doing
