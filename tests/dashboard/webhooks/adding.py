"""A webhook is added on a page: its secret is shown once, what is refused is said at its field."""

from datetime import timedelta
from html import unescape

import pytest

from accounts.models import ApiKey
from accounts.operations import issue_key, revoke_key
from kit import clock, encryption
from tests.dashboard.webhooks.conftest import URL
from tests.dashboard.webhooks.pages import LIST, everything, page
from webhooks import urls
from webhooks.kinds import KINDS, TEST
from webhooks.models import Endpoint

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("locally")]
NEW = f"{LIST}/new"
NOT_PUBLIC = (
    "The address has to be public: a name that leads to public servers only, port 443 or one from 1024, "
    "and no user name in it."
)


def filled_in(browser, **changes):
    """Return the form as the page shows it, with the URL and what else is chosen."""
    form = browser.get(NEW).context
    key = form["form"]["key"].subwidgets[0].data["value"]
    return {"press": form["press"], "url": URL, "key": str(key), "hears": "all"} | changes


def refused(answer, field, sentence):
    """Hold that the page is shown again with this sentence at this field, and what was filled in still there."""
    assert answer.status_code == 200
    assert answer.context["form"].errors[field] == [sentence]
    assert sentence in unescape(answer.text)
    assert "whsec_" not in answer.text
    return True


def test_shows_its_secret_once(alices, alice):
    answer = alices.post(NEW, filled_in(alices))
    made = Endpoint.objects.get()
    secret = encryption.decrypt(made.secret_encrypted)
    assert (made.account_id, made.url, made.events) == (alice.id, URL, [])
    assert answer.text.count(secret) == 1
    assert "no-store" in answer["Cache-Control"]
    for address in (LIST, page(made)):
        assert secret not in alices.get(address).text


def test_hears_only_what_was_chosen(alices):
    alices.post(NEW, filled_in(alices, hears="some", events=["order.partial", "balance.low"]))
    assert sorted(Endpoint.objects.get().events) == ["balance.low", "order.partial"]


def test_boxes_that_were_ticked_before_all_was_chosen_do_not_count(alices):
    alices.post(NEW, filled_in(alices, hears="all", events=["order.partial"]))
    assert Endpoint.objects.get().events == []


def test_every_event_but_the_test_can_be_chosen_each_in_a_group(alices):
    groups = alices.get(NEW).context["groups"]
    offered = [each.data["value"] for _, choices in groups for each in choices]
    assert sorted([*offered, TEST]) == sorted(KINDS)


def test_pressed_twice_it_is_one_and_both_answers_show_its_secret(alices):
    form = filled_in(alices)
    first, second = alices.post(NEW, form), alices.post(NEW, form)
    assert Endpoint.objects.count() == 1
    assert first.context["secret"] == second.context["secret"] != ""


def test_an_old_page_adds_nothing_and_shows_no_secret_again(alices, monkeypatch):
    form = filled_in(alices)
    alices.post(NEW, form)
    before = everything()
    monkeypatch.setattr("dashboard.pages.webhooks.pressing.GOOD_FOR", -1)
    sentence = "This page was open for too long, or not ours: nothing was added. Press once more."
    assert refused(alices.post(NEW, form), "__all__", sentence)
    assert everything() == before


def test_an_id_that_the_panel_did_not_give_out_is_no_press(alices, endpoint):
    """By an endpoint's id its secret would be shown: who sits at the session sees the id on every page."""
    before = everything()
    sentence = "This page was open for too long, or not ours: nothing was added. Press once more."
    form = filled_in(alices, press=str(endpoint.public_id), key=str(endpoint.api_key_id))
    assert refused(alices.post(NEW, form), "__all__", sentence)
    assert everything() == before


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nothing", "This is no https address that a webhook can have."),
        ("ftp://example.com/", "This is no https address that a webhook can have."),
        (
            "https://10.0.0.1/",
            NOT_PUBLIC,
        ),
        (
            "https://me:secret@example.com/",
            NOT_PUBLIC,
        ),
        ("", "This field is required."),
        ("https://example.com/" + "x" * 1000, "Ensure this value has at most 1000 characters (it has 1020)."),
    ],
)
def test_what_is_no_public_address_is_refused_at_its_field(alices, url, sentence):
    before = everything()
    assert refused(alices.post(NEW, filled_in(alices, url=url)), "url", sentence)
    assert everything() == before


def test_a_name_that_cannot_be_looked_up_now_is_said_to_be_one_for_later(alices, monkeypatch):
    def busy(url):
        raise urls.TooManyLookUps

    before = everything()
    monkeypatch.setattr(urls, "resolve_now", busy)
    sentence = "Too many names are being looked up at this moment: try again in a few seconds."
    assert refused(alices.post(NEW, filled_in(alices)), "url", sentence)
    assert everything() == before


def test_a_sixth_of_a_key_is_refused(alices, alice, listen):
    for _ in range(5):
        listen(alice)
    before = everything()
    sentence = "This key has its 5 webhooks: remove one, or choose another key."
    assert refused(alices.post(NEW, filled_in(alices)), "key", sentence)
    assert everything() == before


@pytest.mark.parametrize("events", [[], ["order.eaten"]])
def test_events_that_are_none_are_refused(alices, events):
    before = everything()
    answer = alices.post(NEW, filled_in(alices, hears="some", events=events))
    unknown = "Select a valid choice. order.eaten is not one of the available choices."
    assert refused(answer, "events", unknown if events else "Choose at least one event, or all of them.")
    assert everything() == before


def test_another_accounts_key_is_none_to_choose(alices, bob):
    before = everything()
    key = ApiKey.objects.get(account_id=bob.id)
    answer = alices.post(NEW, filled_in(alices, key=str(key.pk)))
    assert refused(answer, "key", "Select a valid choice. That choice is not one of the available choices.")
    assert key.prefix not in answer.text
    assert everything() == before


def test_only_keys_that_open_something_can_be_chosen(alices, alice):
    key = ApiKey.objects.get(account_id=alice.id)
    issue_key(account_id=alice.id, name="expired", expires_at=clock.now() - timedelta(seconds=1))
    assert [each.data["value"].value for each in alices.get(NEW).context["form"]["key"].subwidgets] == [key.pk]
    revoke_key(key_id=key.pk)
    assert "A webhook belongs to an API key, and you have none that is active." in alices.get(NEW).text
