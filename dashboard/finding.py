"""What an address names, among what is the account's own: somebody else's is nothing that there is."""

from django.http import Http404, HttpRequest

from dashboard.account import account_of
from orders.models import Order
from orders.queries import OrderNotFound
from orders.showing import one_of


def order_or_404(request: HttpRequest, sent: str) -> Order:
    """Return the account's order of this id, in either form.

    :raises Http404: where it has none.
    """
    try:
        return one_of(account_of(request).pk, sent)
    except OrderNotFound:
        raise Http404("no such order") from None
