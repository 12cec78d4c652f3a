"""What the screens of webhooks ask before they do something."""

from django import forms
from unfold.widgets import UnfoldAdminTextInputWidget

from kit.asking import LONGEST_REASON


class OptionalReasonForm(forms.Form):
    """Asks why, of whoever wants to say."""

    reason = forms.CharField(max_length=LONGEST_REASON, required=False, widget=UnfoldAdminTextInputWidget())


class SinceForm(forms.Form):
    """Asks for a moment."""

    since = forms.DateTimeField(
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2030-12-31 23:59"}),
        help_text="in UTC; counted is when a delivery was made, not when it was given up",
    )
