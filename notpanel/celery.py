"""The Celery application. Rows are the queue (see kit/nudge.py); Celery is the clock that looks at them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notpanel.settings")

app = Celery("notpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
