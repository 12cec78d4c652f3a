"""Where the developer documentation is: pages, the same as Markdown, the OpenAPI document, the search, and lists."""

from django.urls import URLPattern, URLResolver, path

from dashboard.developers import views
from dashboard.developers.pages import OVERVIEW

urlpatterns: list[URLPattern | URLResolver] = [
    path("developers", views.page, name="developers"),
    path("developers.md", views.as_markdown, {"slug": OVERVIEW}),
    path("developers/overview", views.first_page),
    path("developers/search", views.find, name="developers_search"),
    path("developers/openapi.json", views.openapi, name="openapi"),
    path("developers/<slug:slug>.md", views.as_markdown, name="developers_markdown"),
    path("developers/<slug:slug>", views.page, name="developers_page"),
    path("llms.txt", views.llms, name="llms"),
    path("llms-full.txt", views.llms_in_full, name="llms_full"),
]
