"""Stopping new orders, and taking them again. What is placed already goes on."""

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Stop
from catalog.operations import rows
from kit import clock


def stop_orders(*, text: str, actor: str, service_id: int | None = None, provider_id: int | None = None) -> Stop:
    """Take no new orders of a service, at a provider, or (neither given) at all, from this moment on.

    :param text: what resellers' programs get as the error.
    :raises ValidationError: where there is no text, both are given, or it is stopped already.
    """
    if service_id is not None and provider_id is not None:
        raise ValidationError("Stop one service or one provider; leave both empty to stop the whole panel.")
    stop = Stop(text=_said(text), service_id=service_id, provider_id=provider_id, since=clock.now())
    return rows.add(stop, actor, about=_about(stop))


def change_stop(*, stop_id: int, text: str, actor: str) -> Stop:
    """Change what resellers are told.

    :raises ValidationError: where there is no text.
    """
    with transaction.atomic():
        about = _about(rows.locked(Stop, stop_id))
        return rows.change(Stop, stop_id, actor, {"text": _said(text)}, about=about)


def resume_orders(*, stop_id: int, actor: str, reason: str) -> None:
    """Take new orders again."""
    with transaction.atomic():
        stop = rows.locked(Stop, stop_id)
        rows.remove(stop, actor, reason, about=_about(stop))


def _said(text: str) -> str:
    if not text.strip():
        raise ValidationError({"text": "Say what resellers are told."})
    return text.strip()


def _about(stop: Stop) -> rows.About:
    if stop.service_id is not None:
        return ("service", stop.service_id)
    return ("panel", 0) if stop.provider_id is None else ("provider", stop.provider_id)
