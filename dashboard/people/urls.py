"""The pages of people's accounts, at /accounts/: django-allauth's under its names, but for what is not offered."""

from allauth.account.urls import urlpatterns as of_accounts
from django.urls import include, path

from dashboard.people import pages

# Codes by e-mail in place of passwords; is_active, which nothing here sets; and what stands below in our own way.
NOT_OFFERED = {
    "account_inactive",
    "account_confirm_login_code",
    "account_request_reauthentication_code",
    "account_confirm_reauthentication_code",
    "account_email",
    "account_reset_password",
}
urlpatterns = [
    path("email/", pages.email, name="account_email"),
    path("password/reset/", pages.password_reset, name="account_reset_password"),
    *(each for each in of_accounts if each.name not in NOT_OFFERED),
    path("2fa/totp/activate/", pages.activate_totp, name="mfa_activate_totp"),
    path("2fa/", include("allauth.mfa.urls")),
    path("sessions/", include("allauth.usersessions.urls")),
]
