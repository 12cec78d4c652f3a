"""What programs ask every site for: which pages there are, which are not theirs, and its icon."""

from xml.sax.saxutils import escape

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from dashboard.developers.pages import PAGES

A_DAY = 86_400  # seconds
PUBLIC = ("front", "rate_card", "faq", "terms", "privacy", "refunds", "status")
NOT_THEIRS = ("/dashboard", "/accounts/", "/admin/", "/api/", "/language", "/theme")


@require_safe
@cache_control(public=True, max_age=A_DAY)
def robots(request: HttpRequest) -> HttpResponse:
    """Keep search engines off what is no page for everybody."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_THEIRS)]
    return HttpResponse(
        "\n".join([*lines, "", f"Sitemap: {settings.PANEL_URL}{reverse('dashboard:sitemap')}", ""]),
        content_type="text/plain; charset=utf-8",
    )


@require_safe
@cache_control(public=True, max_age=A_DAY)
def sitemap(request: HttpRequest) -> HttpResponse:
    """List the public pages and the developer documentation, by the address that the panel gives itself."""
    paths = [*(reverse(f"dashboard:{name}") for name in PUBLIC), *(page.path for page in PAGES.values())]
    urls = "".join(f"<url><loc>{escape(settings.PANEL_URL + path)}</loc></url>\n" for path in paths)
    return HttpResponse(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{urls}</urlset>\n',
        content_type="application/xml; charset=utf-8",
    )


@require_safe
@cache_control(public=True, max_age=A_DAY)
def favicon(request: HttpRequest) -> HttpResponse:
    """Lead programs that do not read the page to its icon."""
    return HttpResponsePermanentRedirect(static("notpanel/icon.svg"))
