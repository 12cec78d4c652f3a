"""The addresses under /dashboard/webhooks."""

from django.urls import URLPattern, URLResolver, path

from dashboard.pages.webhooks import adding, buttons, deliveries, endpoint, listing, resending

urlpatterns: list[URLPattern | URLResolver] = [
    path("webhooks", listing.webhooks, name="webhooks"),
    path("webhooks/new", adding.new, name="new_webhook"),
    path("webhooks/<str:webhook>", endpoint.endpoint, name="webhook"),
    path("webhooks/<str:webhook>/test", buttons.test, name="test_webhook"),
    path("webhooks/<str:webhook>/rotate", buttons.rotate, name="rotate_webhook"),
    path("webhooks/<str:webhook>/disable", buttons.disable, name="disable_webhook"),
    path("webhooks/<str:webhook>/enable", buttons.enable, name="enable_webhook"),
    path("webhooks/<str:webhook>/remove", buttons.remove, name="remove_webhook"),
    path("webhooks/<str:webhook>/resend", resending.resend, name="resend_failed"),
    path("webhooks/<str:webhook>/<str:event>", deliveries.delivery, name="delivery"),
    path("webhooks/<str:webhook>/<str:event>/resend", deliveries.send_again, name="send_again"),
]
