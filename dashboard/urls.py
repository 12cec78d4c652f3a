"""Every page for people but the operator's. Addresses have no slash at their end."""

from django.urls import URLPattern, URLResolver, include, path

from dashboard.choices import choose_language, choose_theme
from dashboard.pages import balance, keys, services, settings
from dashboard.pages.overview import page as overview
from dashboard.public import machines, status
from dashboard.public import pages as public

app_name = "dashboard"

PUBLIC: list[URLPattern | URLResolver] = [
    path("", public.front, name="front"),
    path("services", public.rate_card, name="rate_card"),
    path("faq", public.written, {"slug": "faq"}, name="faq"),
    path("terms", public.written, {"slug": "terms"}, name="terms"),
    path("privacy", public.written, {"slug": "privacy"}, name="privacy"),
    path("refunds", public.written, {"slug": "refunds"}, name="refunds"),
    path("status", status.status, name="status"),
    path("status.json", status.status_json, name="status_json"),
    path("robots.txt", machines.robots, name="robots"),
    path("sitemap.xml", machines.sitemap, name="sitemap"),
    path("favicon.ico", machines.favicon, name="favicon"),
    path("language", choose_language, name="language"),
    path("theme", choose_theme, name="theme"),
]
DEVELOPERS: list[URLPattern | URLResolver] = [path("", include("dashboard.developers.urls"))]
PAGES: list[URLPattern | URLResolver] = [
    path("balance", balance.balance, name="balance"),
    path("", include("dashboard.pages.orders.urls")),
    path("services", services.services, name="services"),
    path("", include("dashboard.pages.wallet.urls")),
    path("api", keys.keys, name="keys"),
    path("api/new", keys.new_key, name="new_key"),
    path("api/<int:key_id>", keys.change_key, name="change_key"),
    path("api/<int:key_id>/rotate", keys.rotate_key, name="rotate_key"),
    path("api/<int:key_id>/revoke", keys.end_key, name="end_key"),
    path("", include("dashboard.pages.webhooks.urls")),
    path("settings", settings.settings, name="settings"),
]
urlpatterns: list[URLPattern | URLResolver] = [
    *PUBLIC,
    *DEVELOPERS,
    path("dashboard", overview.home, name="home"),
    path("dashboard/", include(PAGES)),
]
