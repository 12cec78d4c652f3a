from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Have what people do about their accounts recorded."""
        from dashboard.people import recording  # noqa: F401 -- its receivers are what is wanted
