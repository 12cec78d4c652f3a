from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "api_v2"

    def ready(self) -> None:
        from api_v2.dialects import DIALECTS
        from webhooks import dialects

        for name, dialect in DIALECTS.items():
            dialects.register(name, dialect.render)
