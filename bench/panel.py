"""A panel to measure: PostgreSQL and Redis of its own in a folder that is gone afterwards."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.fernet import Fernet

from notpanel.embedded import Services
from notpanel.home import Home
from notpanel.secret_keys import Secrets


@contextmanager
def panel() -> Iterator[None]:
    """Run the services, set Django up on them, and make their tables."""
    home = Home(Path(tempfile.mkdtemp(prefix="notpanel-bench-")))
    home.prepare()
    secret = Secrets(
        django=secrets.token_urlsafe(50),
        encryption=[Fernet.generate_key().decode()],
        database=secrets.token_urlsafe(24),
        superuser=secrets.token_urlsafe(24),
    )
    with home.locked("a benchmark"):
        services = Services(home, secret, say=lambda line: None, durable=False)
        try:
            services.start()
            _set_up(home, secret)
            yield
        finally:
            services.stop()
            shutil.rmtree(home.path)


def _set_up(home: Home, secret: Secrets) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "notpanel.settings",
        "PANEL_HOME": str(home.path),
        "DATABASE_URL": home.database_url(secret.database),
        "REDIS_URL": home.cache_url,
        "BROKER_URL": home.broker_url,
        "SECRET_KEY": secret.django,
        "ENCRYPTION_KEYS": secret.encryption[0],
        "LOG_LEVEL": "ERROR",
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
