"""Foreign keys follow the imports: a room's tables point to its own or to rooms on its left."""

from django.apps import apps

ROOMS = ["events", "alerts", "wallets", "accounts", "providers", "catalog", "orders", "webhooks", "api_v2", "dashboard"]
LIBRARIES = ("django.", "allauth.")
# A wallet belongs to an account; nobody reaches through it.
ALLOWED = {("wallets.Wallet", "account")}


def pointing_right() -> set[tuple[str, str]]:
    found = set()
    for model in apps.get_models():
        room = model._meta.app_label
        for field in model._meta.get_fields():
            target = field.related_model if field.concrete and field.is_relation else None
            if target is None or room not in ROOMS or isinstance(target, str):
                continue
            other = target._meta.app_label
            if other in ROOMS and ROOMS.index(other) > ROOMS.index(room):
                found.add((model._meta.label, field.name))
    return found


def test_no_foreign_key_points_to_a_room_on_the_right():
    assert pointing_right() == ALLOWED


def test_every_room_with_tables_is_in_the_list():
    ours = {model._meta.app_label for model in apps.get_models() if not model.__module__.startswith(LIBRARIES)}
    assert ours <= set(ROOMS)
