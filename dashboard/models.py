"""What the operator can write on the pages."""

from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Q

LONGEST_TITLE = 150
LONGEST_BODY = 50_000  # characters; a page of it is still quick to write
without_nul = ProhibitNullCharactersValidator()


class Slug(models.TextChoices):
    """The texts there are, by what each is on."""

    FRONT = "front", "Home page"
    FAQ = "faq", "FAQ"
    TERMS = "terms", "Terms"
    PRIVACY = "privacy", "Privacy"
    REFUNDS = "refunds", "Refunds"
    DEPOSITS = "deposits", "How to deposit (on the wallet's page)"


class Text(models.Model):
    """A text that the operator wrote, in one language; without it the starting text stands there (dashboard/texts)."""

    slug = models.CharField(max_length=20, choices=Slug.choices)
    language = models.CharField(max_length=10)
    title = models.CharField(max_length=LONGEST_TITLE, validators=[without_nul])
    body = models.TextField(validators=[MaxLengthValidator(LONGEST_BODY), without_nul])  # Markdown
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["slug", "language"], name="text_one_of_a_slug_and_language"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(body=""), name="text_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{self.get_slug_display()} ({self.language})"
