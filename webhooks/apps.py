from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from events.announcing import announced
        from webhooks.operations.fanning_out import hear

        announced.connect(hear, dispatch_uid="webhooks")
