"""Where the pages of orders are. What follows /orders/ and is no page's name is an order's id."""

from django.urls import path

from dashboard.pages.orders import export, listing, mass, new, one

urlpatterns = [
    path("orders", listing.orders, name="orders"),
    path("orders.csv", export.orders_export, name="orders_csv"),
    path("orders/new", new.new_order, name="new_order"),
    path("orders/price", new.price, name="price"),
    path("orders/mass", mass.mass_order, name="mass_order"),
    path("orders/<str:sent>", one.order, name="order"),
    path("orders/<str:sent>/standing", one.standing, name="order_standing"),
    path("orders/<str:sent>/cancel", one.cancel_order, name="cancel_order"),
    path("orders/<str:sent>/refill", one.refill_order, name="refill_order"),
]
