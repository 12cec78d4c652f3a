"""The command that imports: what it says to people, and to programs."""

import json
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Service, Source
from catalog.operations import change_service
from tests.catalog.conftest import alerts_open, row

pytestmark = pytest.mark.django_db


def test_says_what_came_of_it(seller, catalogue, sold, capsys):
    call_command("import_services", "Seller", "--markup", "20%")
    assert capsys.readouterr().out == "Seller: 2 services created, 0 updated, 0 unchanged.\n"
    change_service(service_id=sold("1").pk, actor="bob", name="Our own name")
    catalogue.rows = [row(1, name="Theirs"), row(3, rate="0")]

    call_command("import_services", "Seller")

    first, second = sold("1").pk, sold("2").pk
    assert capsys.readouterr().out == (
        "Seller: 0 services created, 0 updated, 1 unchanged.\n"
        "Your edits were kept (1):\n"
        f"  service {first}: name\n"
        "Skipped (1):\n"
        "  3 Likes 3: its rate is 0: add it by hand if it is to be sold\n"
        "No longer listed, and left as they are (1):\n"
        f"  service {second} Likes 2 (2 there)\n"
    )


def test_says_what_it_switched_off(seller, catalogue, sold, capsys):
    call_command("import_services", "Seller")
    change_service(service_id=sold("1").pk, actor="bob", rate=Decimal("0.95"))
    catalogue.rows[0] = row(1, rate="1.00")
    capsys.readouterr()

    call_command("import_services", "Seller")

    service = sold("1").pk
    assert capsys.readouterr().out.endswith(
        "Switched off, for they would sell below MARGIN_FLOOR (1):\n"
        f"  service {service} Likes 1: sells at 0.95 USD, costs 1.00\n"
    )
    assert alerts_open() == {
        "sync.switched_off": (
            "Seller: 1 source is off, for selling would leave less than MARGIN_FLOOR. Raise the prices, and the next "
            "sync switches them on again."
        )
    }


def test_prints_one_json_object_for_a_program(seller, catalogue, capsys):
    catalogue.rows.append(row(3, rate="0"))

    call_command("import_services", "Seller", "--ids", "2-3", "--json")

    assert json.loads(capsys.readouterr().out) == {
        "provider": "Seller",
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "kept": [],
        "skipped": [
            {"reason": "its rate is 0: add it by hand if it is to be sold", "remote_id": "3", "name": "Likes 3"}
        ],
        "gone": [],
        "off": [],
    }
    assert Source.objects.get().remote_id == "2"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["Nobody"], "There is no provider named 'Nobody': add it with add_provider."),
        (["Seller", "--markup", "much"], "'much' is not an amount: write it like 12.50"),
        (["Seller", "--ids", "9-5"], "'9-5' ends before it begins: write ids like 1,2,5-9"),
        (["Seller", "--ids", " ,"], "No ids were given: write them like 1,2,5-9"),
        (["Seller", "--ids", "77"], "Seller lists none of these ids. Nothing was imported."),
    ],
)
def test_refuses_what_it_cannot_do(seller, capsys, arguments, message):
    with pytest.raises(CommandError) as refused:
        call_command("import_services", *arguments)

    assert str(refused.value) == message
    assert capsys.readouterr().out == ""
    assert not Service.objects.exists()
