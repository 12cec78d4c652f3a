"""The addresses of the wallet, behind /dashboard."""

from django.urls import URLPattern, URLResolver, path

from dashboard.pages.wallet import export, page

urlpatterns: list[URLPattern | URLResolver] = [
    path("wallet", page.wallet, name="wallet"),
    path("wallet.csv", export.statement_csv, name="wallet_csv"),
]
