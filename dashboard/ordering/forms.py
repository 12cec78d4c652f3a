"""The form of an order: one for each type of service, made of the table that says what the type takes."""

from collections.abc import Iterable, Mapping
from functools import cached_property

from django import forms
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from catalog.models import LINE_TYPES, ServiceType
from catalog.queries import Listed
from dashboard.ordering.fields import FIELDS
from dashboard.ordering.refusals import REFUSALS, objection
from kit import ids
from orders.models import Order
from orders.operations import Placed, RequestConflict, place
from orders.parameters import KNOWN, TAKES

HIDDEN = {"service", "type", "request_id"}


class OrderForm(forms.Form):
    """Asks for what a service's type takes."""

    service = forms.CharField(widget=forms.HiddenInput)
    # What was asked for is asked for again, also where the service is off the shelves meanwhile.
    type = forms.ChoiceField(choices=ServiceType.choices, widget=forms.HiddenInput)
    request_id = forms.UUIDField(initial=ids.new_id, widget=forms.HiddenInput)

    def __init__(
        self,
        service_type: str,
        sold: Listed | None,
        data: QueryDict | None = None,
        initial: dict[str, str] | None = None,
    ) -> None:
        super().__init__(data, initial={"type": service_type, **(initial or {})}, label_suffix="")
        self.service_type, takes = service_type, TAKES[service_type]
        for each in takes.parameters:
            self.fields[each.name] = FIELDS[each.name](not each.optional and each.only_where is None)
        if takes.quantity_is_sent:
            self.fields["quantity"] = FIELDS["quantity"](True)
        if takes.dripfeed and (sold.dripfeed if sold else "runs" in self.data):
            self.fields |= {name: FIELDS[name](False) for name in ("runs", "interval")}
        if service_type != ServiceType.SUBSCRIPTIONS:  # no coupon is for those
            self.fields["coupon"] = FIELDS["coupon"](False)
        if sold is not None:
            self._say_bounds(sold)

    def _say_bounds(self, sold: Listed) -> None:
        bounds = {"min": sold.min, "max": sold.max}
        for name in ("quantity", "min", "max"):
            if name in self.fields:
                self.fields[name].help_text = _("From %(min)d to %(max)d.") % bounds
                self.fields[name].widget.attrs |= bounds
        if "runs" in self.fields:
            self.fields["quantity"].help_text = _("From %(min)d to %(max)d, in each run.") % bounds
        if (lines := LINE_TYPES.get(ServiceType(sold.type))) is not None:
            self.fields[lines].help_text = _("One a line, from %(min)d to %(max)d of them.") % bounds

    @property
    def asked(self) -> list[BoundField]:
        """Return the fields of what the type takes."""
        return self._shown(name for name in self.fields if name not in {*HIDDEN, "runs", "interval", "coupon"})

    @property
    def dripfeed(self) -> list[BoundField]:
        """Return the fields of a delivery in runs, where the service has it."""
        return self._shown(name for name in ("runs", "interval") if name in self.fields)

    @property
    def rest(self) -> list[BoundField]:
        """Return what may be filled in whatever the type."""
        return self._shown(name for name in ("coupon",) if name in self.fields)

    def _shown(self, names: Iterable[str]) -> list[BoundField]:
        return [self[name] for name in names]

    @cached_property
    def params(self) -> dict[str, str]:
        """Return what is filled in, by the protocol's names; what its field does not take is left out."""
        given = self.cleaned_data if self.is_valid() or self.is_bound else self.initial
        return {name: value for name in KNOWN if name in self.fields and (value := given.get(name))}

    def place(self, account: User) -> Placed | None:
        """Place the order, once however often the form is sent; where it is refused, say so and return None."""
        if not self.is_valid():
            return None
        request_id = f"page:{self.cleaned_data['request_id']}"
        try:
            return place(account_id=account.pk, params=self.params, request_id=request_id, actor=account.email)
        except REFUSALS as error:
            self._refuse(error)
            return None

    def _refuse(self, error: Exception) -> None:
        name, sentence = objection(error, self.service_type, self.params)
        self.add_error(name if name in self.fields and name not in HIDDEN else None, sentence)
        if isinstance(error, RequestConflict):
            self.data = dict(self.data.items()) | {"request_id": str(ids.new_id())}


def filled_in(given: Mapping[str, str]) -> dict[str, str]:
    """Return what an address, or an earlier order, fills in."""
    return {name: value for name in KNOWN if name != "coupon" and (value := given.get(name))}


def filled_in_by(order: Order) -> dict[str, str]:
    """Return what orders the same once more; a coupon is not used twice by itself."""
    given = {"service": str(order.service_id), "link": order.link, "quantity": str(order.quantity // order.runs)}
    if order.runs > 1:
        given |= {"runs": str(order.runs), "interval": str(order.interval)}
    return filled_in(given | order.params)
