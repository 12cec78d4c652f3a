"""The operator's own texts: whose is shown to whom, what is written down, and what is refused."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from dashboard.models import LONGEST_BODY, Text
from dashboard.operations import NotWritten, edit_text, remove_text
from dashboard.queries import text, written
from dashboard.starting_texts import starting_text
from events.models import Event
from kit import clock

pytestmark = pytest.mark.django_db


def write(slug="terms", language="en", title="Our terms", body="Be *fair*."):
    return edit_text(slug=slug, language=language, title=title, body=body, actor="bob@panel.example")


def state():
    return list(Text.objects.values()), list(Event.objects.values())


def test_a_text_that_nobody_wrote_is_the_starting_text_in_the_readers_language():
    shown = text("terms", "tr")
    assert (shown.title, shown.language, shown.changed_at) == ("Şartlar", "tr", None)
    assert shown.title == starting_text("terms", "tr")[0]
    assert text("terms", "xx").title == "Terms"


def test_what_the_operator_wrote_stands_there_instead(time):
    write()
    shown = text("terms", "en")
    assert (shown.title, shown.html, shown.language) == ("Our terms", "<p>Be <em>fair</em>.</p>\n", "en")
    assert shown.changed_at == clock.now()


def test_his_words_in_another_language_count_more_than_a_starting_text_in_the_readers():
    write(language="tr", title="Koşullar")
    assert text("terms", "es").title == "Koşullar"
    write(language="en")
    assert text("terms", "es").title == "Our terms"
    write(language="es", title="Nuestras condiciones")
    assert [text("terms", language).title for language in ("en", "tr", "es")] == [
        *("Our terms", "Koşullar", "Nuestras condiciones")
    ]
    assert text("refunds", "en").changed_at is None


@pytest.mark.parametrize("languages", [[], ["en"], ["en", "tr", "es"]])
def test_reading_one_takes_one_statement(languages, django_assert_num_queries):
    for language in languages:
        write(language=language)
    with django_assert_num_queries(1):
        text("terms", "es")


def test_writing_it_again_changes_it_and_both_are_written_down_as_they_were():
    first = write()
    second = write(title="New terms", body="Be\r\nkind.  ")
    assert second.pk == first.pk
    assert Text.objects.values_list("title", "body").get() == ("New terms", "Be\nkind.")
    told = Event.objects.order_by("id").values_list("kind", "subject", "actor", "data")
    written_down = {"slug": "terms", "language": "en"}
    assert list(told) == [
        ("text.edited", "text", "bob@panel.example", {**written_down, "title": "Our terms", "body": "Be *fair*."}),
        ("text.edited", "text", "bob@panel.example", {**written_down, "title": "New terms", "body": "Be\nkind."}),
    ]


def test_taken_away_the_starting_text_is_back():
    write()
    write(slug="faq")
    remove_text(slug="terms", language="en", actor="bob@panel.example")
    assert text("terms", "en").title == "Terms"
    assert list(written()) == [("faq", "en")]
    event = Event.objects.latest("id")
    assert (event.kind, event.actor, event.data) == (
        *("text.removed", "bob@panel.example"),
        {"slug": "terms", "language": "en"},
    )


def test_what_was_not_written_cannot_be_taken_away():
    write(slug="faq")
    before = state()
    with pytest.raises(NotWritten):
        remove_text(slug="terms", language="en", actor="bob@panel.example")
    assert state() == before


@pytest.mark.parametrize(
    "wrong",
    [
        {"slug": "imprint"},
        {"language": "xx"},
        {"language": ""},
        {"title": "  "},
        {"title": "T" * 151},
        {"title": "T\0"},
        {"body": " \r\n "},
        {"body": "b\0"},
        {"body": "b" * (LONGEST_BODY + 1)},
    ],
)
def test_refuses_what_is_no_text_of_the_panel(wrong):
    write()
    before = state()
    with pytest.raises(ValidationError):
        write(**wrong)
    assert state() == before


def test_the_database_holds_one_text_for_each_and_no_empty_one():
    write()
    for wrong in ({"title": "Again"}, {"slug": "faq", "title": ""}, {"slug": "faq", "body": ""}):
        row = {"slug": "terms", "language": "en", "title": "T", "body": "b", "updated_at": clock.now()} | wrong
        with pytest.raises(IntegrityError), transaction.atomic():
            Text.objects.create(**row)
    assert Text.objects.count() == 1


def test_the_panels_name_is_filled_in_and_never_read_as_markup(settings):
    settings.PANEL_NAME = "Alice & *Bob* <b>"
    write(title="About {{panel}}", body="## Who is {{panel}}\n\n{{panel}} and `{{panel}}`")
    shown = text("terms", "en")
    name = "Alice &amp; *Bob* &lt;b&gt;"
    assert shown.title == "About Alice & *Bob* <b>"
    assert shown.headings[0].text == "Who is Alice & *Bob* <b>"
    assert shown.html == f'<h2 id="on-who-is-panel">Who is {name}</h2>\n<p>{name} and <code>{name}</code></p>\n'
