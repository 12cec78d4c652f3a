"""The human pages. `/api/v2` does not come by here: see wsgi.py."""

from django.contrib import admin
from django.urls import path
from django.views.generic import RedirectView

from notpanel import health

urlpatterns = [
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
    path("", RedirectView.as_view(url="/admin/", permanent=False)),
]
