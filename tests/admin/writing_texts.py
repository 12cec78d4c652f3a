"""The operator writes the texts on the pages: sees which are his, looks before he saves, and goes back."""

import re

import pytest
from django.urls import reverse

from accounts.models import User
from dashboard.models import Text
from dashboard.operations import edit_text
from dashboard.queries import text as shown
from dashboard.starting_texts import starting_text
from events.models import Event
from tests.admin.conftest import text

pytestmark = pytest.mark.django_db
TEXTS = reverse("admin:dashboard_text_changelist")
MINE = {"title": "Our terms", "body": "Be *fair*."}


def page(what, slug="terms", language="en"):
    return reverse(f"admin:dashboard_text_{what}", args=[slug, language])


def state():
    return list(Text.objects.values()), list(Event.objects.values())


def test_every_text_is_listed_in_every_language_and_says_whose_it_is(bobs):
    before = bobs.get(TEXTS).content.decode()
    assert before.count(">the starting text</a>") == 18
    edit_text(slug="terms", language="es", actor="bob@panel.example", **MINE)
    after = bobs.get(TEXTS)
    assert after.content.decode().count(">the starting text</a>") == 17
    assert re.search(rf'href="{page("edit", "terms", "es")}">yours, of ', after.content.decode())
    assert "text.edited terms, es bob@panel.example Our terms" in text(after)
    for address in ("/", "/faq", "/terms", "/privacy", "/refunds", "/dashboard/wallet"):
        assert f'href="{address}" target="_blank">see it</a>' in before


def test_begins_with_the_starting_text_and_saves_what_is_written(bobs, operator):
    title, body = starting_text("terms", "tr")
    form = bobs.get(page("edit", language="tr")).context["form"]
    assert (form.initial["title"], form.initial["body"]) == (title, body)
    answer = bobs.post(page("edit", language="tr"), MINE, follow=True)
    assert answer.redirect_chain == [(TEXTS, 302)]
    assert "Terms, Turkish is saved." in text(answer)
    assert shown("terms", "tr").html == "<p>Be <em>fair</em>.</p>\n"
    assert bobs.get(page("edit", language="tr")).context["form"].initial == MINE
    assert Event.objects.get(kind="text.edited").actor == operator.email


@pytest.mark.parametrize("wrong", [{"title": ""}, {"body": " "}, {"title": "T" * 151}, {"body": "b" * 50_001}])
def test_what_is_wrong_is_said_in_the_form_and_nothing_is_lost(bobs, wrong):
    before = state()
    answer = bobs.post(page("edit"), MINE | wrong)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert answer.context["form"].data["title"] == (MINE | wrong)["title"]
    assert state() == before


def test_is_seen_before_it_is_saved_in_the_texts_language_and_harmless(bobs):
    before = state()
    draft = {"title": "Nuestras <b>", "body": "<script>alert(1)</script>\n\n## Para {{panel}}"}
    answer = bobs.post(page("preview", language="es"), draft)
    html = answer.content.decode()
    assert '<html lang="es"' in html
    assert "<h1>Nuestras &lt;b&gt;</h1>" in html
    assert ">Para NotPanel</h2>" in html
    assert "<script>alert" not in html
    assert state() == before


@pytest.mark.parametrize("slug", ["front", "faq", "terms", "privacy", "refunds", "deposits"])
def test_each_can_be_looked_at(bobs, slug):
    answer = bobs.get(page("preview", slug, "en"))
    assert answer.status_code == 200
    assert f"<h1>{starting_text(slug, 'en')[0]}</h1>" in answer.content.decode()


def test_goes_back_to_the_starting_text(bobs):
    bobs.post(page("edit"), MINE)
    assert page("start_again") in bobs.get(page("edit")).content.decode()
    answer = bobs.post(page("start_again"), follow=True)
    assert "Terms, English is the starting text again." in text(answer)
    assert not Text.objects.exists()
    assert page("start_again") not in bobs.get(page("edit")).content.decode()


def test_there_is_no_way_back_from_where_it_begins(bobs):
    before = state()
    assert "The starting text stands there already." in text(bobs.post(page("start_again")))
    assert state() == before


@pytest.mark.parametrize("what", ["edit", "preview", "start_again"])
@pytest.mark.parametrize(("slug", "language"), [("imprint", "en"), ("terms", "xx")])
def test_there_are_no_other_texts(bobs, what, slug, language):
    before = state()
    assert bobs.post(page(what, slug, language), MINE).status_code == 404
    assert state() == before


@pytest.mark.parametrize("what", ["edit", "preview", "start_again"])
def test_an_operator_who_may_not_write_texts_writes_none(bobs, operator, what):
    User.objects.filter(pk=operator.pk).update(is_superuser=False)
    before = state()
    assert bobs.post(page(what), MINE).status_code == 403
    assert bobs.get(TEXTS).status_code == 403
    assert state() == before


@pytest.mark.parametrize("what", ["edit", "preview", "start_again"])
def test_nobody_else_writes_texts(client, alice, what):
    client.force_login(alice.user)
    before = state()
    answer = client.post(page(what), MINE)
    assert answer.status_code == 302
    assert "/login/" in answer.headers["Location"]
    assert state() == before
