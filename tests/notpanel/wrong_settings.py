"""Settings that contradict each other are told by a system check, with a hint."""

import pytest
from django.core import checks
from django.core.management import CommandError, call_command

from notpanel.checks import wrong_combinations
from notpanel.home import Home


def found() -> dict[str, checks.CheckMessage]:
    return {str(message.id): message for message in wrong_combinations(None)}


@pytest.mark.parametrize(
    ("changed", "said", "hinted"),
    [
        ({"PROVIDER_TIMEOUT": 0}, "notpanel.E001", "above 0"),
        ({"HOLD_HOURS": -1}, "notpanel.E001", "above 0"),
        ({"MOST_RUNS": 0}, "notpanel.E001", "above 0"),
        ({"MOST_REFILLS": -1}, "notpanel.E012", "refills no order"),
        ({"MARGIN_FLOOR": 100}, "notpanel.E004", "below 100"),
        ({"PRICE_JUMP": -1}, "notpanel.E012", "holds every price back"),
        ({"SYNC_INTERVAL": -1}, "notpanel.E012", "never looks"),
        ({"STUCK_FACTOR": 0}, "notpanel.E001", "above 0"),
        ({"MOST_RUNS": 10_001}, "notpanel.E005", "At most 10000"),
        ({"PROVIDER_TIMEOUT": 61}, "notpanel.E002", "At most 60"),
        ({"API_DEFAULT_DIALECT": "Classic"}, "notpanel.E015", "standard, classic"),
        ({"DUPLICATES_WINDOW": -1}, "notpanel.E016", "never takes two orders for one"),
        ({"DUPLICATES_WINDOW": 86_401}, "notpanel.E016", "86400"),
        ({"TRUSTED_PROXIES": ["one"]}, "notpanel.E003", "10.0.0.0/8"),
        ({"TRUSTED_PROXIES": ["10.0.0.1/8"]}, "notpanel.E003", "10.0.0.0/8"),
        ({"EMAIL_USE_TLS": True, "EMAIL_USE_SSL": True}, "notpanel.E006", "port 465"),
        ({"OPERATOR_EMAIL": ["bob@panel.example"], "EMAIL_HOST": ""}, "notpanel.E007", "set EMAIL_HOST"),
        ({"OPERATOR_EMAIL": ["bob"], "EMAIL_HOST": "mail"}, "notpanel.E008", "ops@example.com"),
        ({"OPERATOR_EMAIL": ["bob@panel.example"], "DEFAULT_FROM_EMAIL": "x"}, "notpanel.E008", "DEFAULT_FROM_EMAIL"),
        ({"EMAIL_TIMEOUT": 61}, "notpanel.E009", "1 to 60"),
        ({"SIGN_UP": True, "EMAIL_HOST": "", "DEMO": False}, "notpanel.W008", "SIGN_UP=off"),
        # People are mailed also where no operator is.
        ({"EMAIL_HOST": "mail", "DEFAULT_FROM_EMAIL": "x"}, "notpanel.E008", "DEFAULT_FROM_EMAIL"),
        ({"EMAIL_HOST": "mail", "EMAIL_HOST_USER": "bob"}, "notpanel.E010", "set both"),
        ({"EMAIL_HOST": "mail", "EMAIL_PORT": 465}, "notpanel.W005", "Port 587"),
        ({"EMAIL_HOST": "mail", "PANEL_URL": "http://127.0.0.1:8000"}, "notpanel.W009", "people reach the panel by"),
        ({"PANEL_URL": "panel.example"}, "notpanel.E017", "Write it whole"),
        ({"PANEL_URL": "http://[::1"}, "notpanel.E017", "Write it whole"),
        ({"PANEL_URL": "https://panel.example", "ALLOWED_HOSTS": ["other.example"]}, "notpanel.W011", "answers 400"),
        ({"HTTPS": True}, "notpanel.W010", "how many proxies"),
        (
            {"OPERATOR_EMAIL": ["bob@panel.example"], "EMAIL_HOST": "mail", "EMAIL_HOST_USER": "bob"},
            "notpanel.E010",
            "set both",
        ),
        (
            {
                "OPERATOR_EMAIL": ["bob@panel.example"],
                "EMAIL_HOST": "mail",
                "EMAIL_USE_TLS": False,
                "EMAIL_HOST_USER": "bob",
                "EMAIL_HOST_PASSWORD": "secret",
            },
            "notpanel.W004",
            "EMAIL_USE_TLS=on",
        ),
        (
            {"OPERATOR_EMAIL": ["bob@panel.example"], "EMAIL_HOST": "mail", "EMAIL_PORT": 465},
            "notpanel.W005",
            "Port 587",
        ),
        ({"WEBHOOK_ALLOW_NETWORKS": ["here"]}, "notpanel.E013", "127.0.0.0/8"),
        ({"WEBHOOK_ALLOW_NETWORKS": ["127.0.0.1/8"]}, "notpanel.E013", "127.0.0.0/8"),
        ({"WEBHOOK_PROXY": "proxy.example:3128"}, "notpanel.E014", "http://host:port"),
        ({"WEBHOOK_PROXY": "http://proxy.example"}, "notpanel.E014", "http://host:port"),
        ({"WEBHOOK_PROXY": "socks5://proxy.example:1080"}, "notpanel.E014", "http://host:port"),
        ({"WEBHOOK_PROXY": "http://[::1"}, "notpanel.E014", "http://host:port"),
        ({"WEBHOOK_ALLOW_HTTP": True}, "notpanel.W006", "development alone"),
        ({"WEBHOOK_ALLOW_NETWORKS": ["127.0.0.0/8"]}, "notpanel.W007", "development alone"),
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
    settings.CELERY_BROKER_URL, settings.SIGN_UP = "redis://another/0", False
    assert said not in found()
    for name, value in changed.items():
        setattr(settings, name, value)
    assert hinted in str(found()[said].hint)


def test_the_classic_dialect_with_get_and_a_window_of_a_day_is_not_complained_of(settings):
    settings.API_DEFAULT_DIALECT, settings.API_CLASSIC_GET, settings.DUPLICATES_WINDOW = "classic", True, 86_400
    assert not {"notpanel.E015", "notpanel.E016"} & set(found())


def test_a_panel_with_wrong_settings_does_not_start_and_says_them_all(settings, tmp_path):
    settings.HOME = Home(tmp_path / "home")
    settings.API_DEFAULT_DIALECT, settings.DUPLICATES_WINDOW = "Classic", -1
    with pytest.raises(CommandError) as refusal:
        call_command("up")
    dialect, window = str(refusal.value).splitlines()
    assert dialect == (
        "API_DEFAULT_DIALECT is 'Classic'. Write one of standard, classic: no key can be answered in another."
    )
    assert window.startswith("DUPLICATES_WINDOW is -1 seconds. From 0, ")
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("proxies", [[], ["1"], ["10.0.0.0/8", "fd00::/8"]])
def test_proxies_are_a_number_or_networks(proxies, settings):
    settings.TRUSTED_PROXIES = proxies
    assert "notpanel.E003" not in found()


def test_mail_that_is_set_up_well_is_not_complained_of(settings):
    settings.OPERATOR_EMAIL = ["bob@panel.example", "second@panel.example"]
    settings.EMAIL_HOST, settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "mail.example", "bob", "secret"
    settings.DEFAULT_FROM_EMAIL = "NotPanel <panel@panel.example>"
    mail = {f"notpanel.{each}" for each in ("E006", "E007", "E008", "E009", "E010", "W004", "W005")}
    assert not mail & set(found())


@pytest.mark.parametrize(
    ("address", "hosts"),
    [
        ("https://panel.example", ["panel.example"]),
        ("https://panel.example:8443", [".example"]),
        ("http://[2001:db8::1]:8000", ["[2001:db8::1]"]),
    ],
)
def test_a_panel_behind_its_proxy_is_not_complained_of(address, hosts, settings):
    settings.EMAIL_HOST, settings.HTTPS, settings.TRUSTED_PROXIES = "mail.example", True, ["1"]
    settings.PANEL_URL, settings.ALLOWED_HOSTS = address, hosts
    assert not {"notpanel.E017", "notpanel.W011", "notpanel.W009", "notpanel.W010"} & set(found())


@pytest.mark.parametrize("mails", [{"EMAIL_HOST": "mail.example"}, {"DEMO": True}])
def test_a_panel_that_mails_may_let_people_sign_up(mails, settings):
    settings.SIGN_UP = True
    assert "notpanel.W008" in found()
    for name, value in mails.items():
        setattr(settings, name, value)
    assert "notpanel.W008" not in found()


def test_a_proxy_for_webhooks_is_not_complained_of_nor_its_password_shown(settings):
    settings.WEBHOOK_PROXY = "http://panel:secret@proxy.example:3128"
    assert not {
        each for each in found() if each in ("notpanel.E013", "notpanel.E014", "notpanel.W006", "notpanel.W007")
    }
    settings.WEBHOOK_PROXY = "http://panel:secret@proxy.example"
    assert "secret" not in str(found()["notpanel.E014"])
