"""Every write to providers. None of these speaks to a provider inside a transaction."""

from providers.operations.balances import forget_old_readings, record_balance
from providers.operations.checks import (
    NameTaken,
    NoSuchProvider,
    ProviderRefused,
    checked_key,
    checked_name,
    checked_url,
)
from providers.operations.health import MOST_UNKNOWN_IN_A_ROW, count_unknown, mark_failing, mark_working, rest
from providers.operations.keeping import add_provider, change_provider, pause, reencrypt_key, resume, set_key
from providers.operations.speaking import DoesNotSpeakStandard, SpeaksStandard, ask_for_standard
from providers.operations.turns import take_turn

__all__ = [
    "MOST_UNKNOWN_IN_A_ROW",
    "DoesNotSpeakStandard",
    "NameTaken",
    "NoSuchProvider",
    "ProviderRefused",
    "SpeaksStandard",
    "add_provider",
    "ask_for_standard",
    "change_provider",
    "checked_key",
    "checked_name",
    "checked_url",
    "count_unknown",
    "forget_old_readings",
    "mark_failing",
    "mark_working",
    "pause",
    "record_balance",
    "reencrypt_key",
    "rest",
    "resume",
    "set_key",
    "take_turn",
]
