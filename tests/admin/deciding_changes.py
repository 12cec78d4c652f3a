"""The operator's screen of catalogue changes: read, found, approved and refused, one or many."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from accounts.operations import create_operator
from catalog.models import SyncChange
from tests.admin.conftest import statements, text
from tests.catalog.conftest import catalogue, everything, row, run, seller, sold, sync

__all__ = ["catalogue", "run", "seller", "sold", "sync"]

pytestmark = pytest.mark.django_db

LIST = "/admin/catalog/syncchange/"


@pytest.fixture
def changed(run, sync, catalogue):
    """One price that is held back, one name and one new service that wait, one minimum that was applied."""
    run(markup="50")
    catalogue.rows = [row(1, rate="1.40"), row(2, name="Renamed", category="Follows", rate="2.00", min=10), row(3)]
    sync()


def page(field: str, button: str) -> str:
    """The address of a button of the change of this field."""
    change = SyncChange.objects.get(field=field)
    return reverse(f"admin:catalog_syncchange_{button}_one", args=[change.pk])


def test_shows_what_waits_with_old_and_new(changed, bobs):
    told = text(bobs.get(LIST, {"state": "open"}))
    assert "0.90 USD → 1.40 USD (+55.6 %)" in told
    assert "Likes 2 → Renamed" in told
    assert "new there Default, 0.90 USD" in told
    assert "50 → 10" not in told
    assert "50 → 10" in text(bobs.get(LIST))


@pytest.mark.parametrize(
    ("query", "there", "not_there"),
    [
        ({"state": "quarantined"}, "1.40 USD", "Renamed"),
        ({"kind": "name"}, "Renamed", "1.40 USD"),
        ({"q": "1"}, "1.40 USD", "Renamed"),
    ],
)
def test_finds_by_state_kind_and_id(changed, bobs, query, there, not_there):
    told = text(bobs.get(LIST, query))
    assert there in told
    assert not_there not in told


def test_a_long_list_takes_no_statement_for_each_row(run, sync, catalogue, bobs):
    def asked(rows: range) -> int:
        catalogue.rows += [row(each) for each in rows]
        sync()
        answer, queries = statements(lambda: bobs.get(LIST))
        assert answer.status_code == 200
        return len(queries)

    run()
    assert asked(range(3, 5)) == asked(range(5, 40))


def test_many_are_approved_at_once_and_what_cannot_be_is_said(changed, bobs, sold):
    SyncChange.objects.filter(field="name").update(old="Something else")
    ids = list(SyncChange.objects.values_list("pk", flat=True))

    answer = bobs.post(LIST, {"action": "approve_selected", "_selected_action": ids}, follow=True)

    assert "2 approved." in text(answer)
    assert "1 could not be: 2 Likes 2: its name has been changed meanwhile, to 'Likes 2'" in text(answer)
    assert (sold("1").rate, sold("3").name, sold("2").name) == (Decimal("2.10"), "Likes 3", "Likes 2")
    assert set(
        SyncChange.objects.filter(state="applied", field__in=["cost", "new"]).values_list("actor", flat=True)
    ) == {"bob@panel.example"}


def test_many_are_refused_at_once(changed, bobs, sold):
    ids = list(SyncChange.objects.values_list("pk", flat=True))
    answer = bobs.post(LIST, {"action": "refuse_selected", "_selected_action": ids}, follow=True)
    assert "3 refused." in text(answer)
    assert (sold("1").sources.get().cost, sold("2").name) == (Decimal("0.90"), "Likes 2")


def test_one_is_approved_on_its_own_page_after_a_question(changed, bobs, sold):
    before = everything()
    assert "It is taken over" in text(bobs.get(page("name", "approve")))
    assert everything() == before

    bobs.post(page("name", "approve"))

    assert sold("2").name == "Renamed"
    assert "Approve…" not in text(bobs.get(f"{LIST}{SyncChange.objects.get(field='name').pk}/change/"))


def test_what_was_decided_already_is_said_on_the_page(changed, bobs):
    address = page("name", "approve")
    bobs.post(page("name", "refuse"))
    before = everything()
    assert "It has been decided already." in text(bobs.post(address))
    assert everything() == before


def test_who_may_only_look_decides_nothing(changed, client, tiers):
    alice = create_operator(email="alice@panel.example", password=None)
    alice.is_superuser = False
    alice.save()
    alice.user_permissions.add(Permission.objects.get(codename="view_syncchange"))
    client.force_login(alice)
    before = everything()

    assert client.get(LIST).status_code == 200
    assert client.post(page("name", "approve")).status_code == 403
    ids = list(SyncChange.objects.values_list("pk", flat=True))
    client.post(LIST, {"action": "approve_selected", "_selected_action": ids})

    assert everything() == before
