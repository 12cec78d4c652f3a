from django.apps import AppConfig


class NotPanelConfig(AppConfig):
    name = "notpanel"
    verbose_name = "NotPanel"

    def ready(self) -> None:
        """Register the checks of the settings."""
        from notpanel import checks  # noqa: F401
