"""The operator's stops: no new orders, and the text that resellers get."""

from django.db import models
from django.db.models import Q

from providers.models import Provider


class Stop(models.Model):
    """No new orders for a service, at a provider, or (neither given) for the whole panel."""

    service = models.OneToOneField("catalog.Service", on_delete=models.CASCADE, null=True, blank=True)
    provider = models.OneToOneField(Provider, on_delete=models.CASCADE, null=True, blank=True)
    text = models.CharField(max_length=200, help_text="what resellers' programs get as the error")
    since = models.DateTimeField()

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.CheckConstraint(
                condition=Q(service__isnull=True) | Q(provider__isnull=True),
                name="stop_of_one_thing",
                violation_error_message="Give a service or a provider, not both; neither stops the whole panel.",
            ),
            models.UniqueConstraint(
                fields=["service", "provider"],
                nulls_distinct=False,
                name="stop_once",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="stop_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.service or self.provider or 'the whole panel'}: {self.text}"
