"""Settings that contradict each other are told by a system check, with a hint."""

import pytest
from django.core import checks

from notpanel.checks import wrong_combinations


def found() -> dict[str, checks.CheckMessage]:
    return {str(message.id): message for message in wrong_combinations(None)}


@pytest.mark.parametrize(
    ("changed", "said", "hinted"),
    [
        ({"PROVIDER_TIMEOUT": 0}, "notpanel.E001", "above 0"),
        ({"HOLD_HOURS": -1}, "notpanel.E001", "above 0"),
        ({"PROVIDER_TIMEOUT": 61}, "notpanel.E002", "At most 60"),
        ({"TRUSTED_PROXIES": ["one"]}, "notpanel.E003", "10.0.0.0/8"),
        ({"TRUSTED_PROXIES": ["10.0.0.1/8"]}, "notpanel.E003", "10.0.0.0/8"),
        ({"ALLOWED_HOSTS": ["*"]}, "notpanel.W002", "forged Host"),
        ({"DEBUG": True, "HTTPS": True}, "notpanel.W003", "DEBUG shows"),
        (
            {"REDIS_URL": "redis://one/0", "CELERY_BROKER_URL": "redis://one/1", "EMBEDDED": False},
            "notpanel.W001",
            "BROKER_URL",
        ),
    ],
)
def test_a_wrong_combination_is_said_with_what_to_do(changed, said, hinted, settings):
    settings.CELERY_BROKER_URL = "redis://another/0"
    assert said not in found()
    for name, value in changed.items():
        setattr(settings, name, value)
    assert hinted in str(found()[said].hint)


@pytest.mark.parametrize("proxies", [[], ["1"], ["10.0.0.0/8", "fd00::/8"]])
def test_proxies_are_a_number_or_networks(proxies, settings):
    settings.TRUSTED_PROXIES = proxies
    assert "notpanel.E003" not in found()
