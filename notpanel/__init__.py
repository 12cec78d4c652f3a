"""The project: settings, the two doors in, Celery, the embedded services. No rules live here."""

from notpanel.celery import app as celery_app

__all__ = ["celery_app"]
