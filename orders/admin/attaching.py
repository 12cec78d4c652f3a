"""Giving an unknown purchase the id it has at its provider, once the provider knows that id; and taking one back."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldBooleanSwitchWidget

from kit.asking import Question, ReasonForm
from kit.encryption import CannotDecrypt
from orders.models import Order
from orders.operations import CannotDecide, mark_placed
from orders.operations.deciding import id_at_provider
from orders.queries import unknown
from providers.following import NoNews, NotFound, StatusNews
from providers.models import Provider
from providers.outcomes import CallFailed
from providers.queries import client_for

OR_ELSE = "look at its own list of orders again, or say “Attach it all the same”"


class NotKnownThere(Exception):
    """The provider does not say that it has the order; the message says what it does say."""


REFUSALS = (CannotDecide, NotKnownThere)


class AskForm(forms.Form):
    """Asks for an order's id at the provider."""

    provider_order_id = forms.CharField(
        label="Its id at the provider",
        max_length=64,
        widget=UnfoldAdminTextInputWidget,
        help_text="as the provider's own list of orders shows it",
    )


class PlacedForm(AskForm, ReasonForm):
    """Asks for the order's id at the provider, whether to believe it though the provider does not, and why."""

    all_the_same = forms.BooleanField(
        label="Attach it all the same",
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text="though the provider does not know this id, or cannot be asked",
    )
    field_order = ["provider_order_id", "reason", "all_the_same"]


PLACED = Question(
    "Mark as placed",
    "Mark as placed",
    PlacedForm,
    "You say that the provider has the order, under this id: it is followed from here on, and nothing is sent. "
    "The provider is asked first whether it knows the id.",
)
DETACH = Question(
    "Detach",
    "Detach",
    ReasonForm,
    "You take back the id that was given by hand and that the provider never knew. The purchase is unknown again, and "
    "waits for a decision. Nothing is sent, and no money moves.",
    danger=True,
)


def attach(
    *,
    order_id: int,
    provider_order_id: str,
    all_the_same: bool,
    actor: str,
    reason: str,
    purchase_id: int | None = None,
) -> Order:
    """Mark the unknown purchase as placed once its provider knows the id. Not in a transaction: it is a call.

    :param all_the_same: whether it is attached without asking.
    :raises NotKnownThere: where the provider knows no such order, or does not say.
    :raises CannotDecide: where it cannot be decided, or the id is none.
    """
    theirs = id_at_provider(provider_order_id)
    of_order = unknown().filter(order_id=order_id)
    meant = of_order if purchase_id is None else of_order.filter(pk=purchase_id)
    # Several, or none: the operation says so, and there is nothing to ask about.
    if not all_the_same and len(meant) == 1:
        _ask(meant[0].provider, theirs)
    return mark_placed(order_id=order_id, purchase_id=purchase_id, provider_order_id=theirs, actor=actor, reason=reason)


def _ask(provider: Provider, theirs: str) -> None:
    try:
        news = client_for(provider).status(theirs)
    except (CallFailed, CannotDecrypt) as error:
        why = str(error).strip().rstrip(".")
        raise NotKnownThere(f"nobody could say whether {provider} has an order {theirs}. {why}: {OR_ELSE}") from error
    if isinstance(news, NotFound):
        raise NotKnownThere(f"the provider {provider} knows no order {theirs} ({news.why}): {OR_ELSE}")
    if not isinstance(news, StatusNews) or not (news.said or news.status):
        why = f" ({news.why})" if isinstance(news, NoNews) else ""
        raise NotKnownThere(f"the provider {provider} says nothing of use about {theirs}{why}: {OR_ELSE}")
