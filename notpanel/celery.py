"""The Celery application. Rows are the queue (see kit/nudge.py); Celery is the clock that looks at them."""

import os

from celery import Celery
from celery.signals import worker_ready, worker_shutting_down

from kit import stopping

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "notpanel.settings")

app = Celery("notpanel")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_ready.connect
def first_heartbeat(sender: object, **kwargs: object) -> None:
    """Have a worker that has just started prove itself at once, not at the clock's next round."""
    app.send_task("notpanel.heartbeat", expires=60)


@worker_shutting_down.connect
def begin_nothing_new(sender: object, **kwargs: object) -> None:
    """Have the tasks that are running finish what is on the wire and claim no more."""
    stopping.ask()
