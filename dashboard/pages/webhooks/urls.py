"""The addresses under /dashboard/webhooks."""

from django.urls import URLPattern, URLResolver, path

from dashboard.pages.webhooks import adding, buttons, deliveries, endpoint, listing, resending

urlpatterns: list[URLPattern | URLResolver] = [
    path("", listing.webhooks, name="webhooks"),
    path("/new", adding.new, name="new_webhook"),
    path("/<str:webhook>", endpoint.endpoint, name="webhook"),
    path("/<str:webhook>/test", buttons.test, name="test_webhook"),
    path("/<str:webhook>/rotate", buttons.rotate, name="rotate_webhook"),
    path("/<str:webhook>/disable", buttons.disable, name="disable_webhook"),
    path("/<str:webhook>/enable", buttons.enable, name="enable_webhook"),
    path("/<str:webhook>/remove", buttons.remove, name="remove_webhook"),
    path("/<str:webhook>/resend", resending.resend, name="resend_failed"),
    path("/<str:webhook>/<str:event>", deliveries.delivery, name="delivery"),
    path("/<str:webhook>/<str:event>/resend", deliveries.send_again, name="send_again"),
]
