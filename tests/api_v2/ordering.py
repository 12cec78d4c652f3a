import pytest

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_balance_an_order_and_its_status(post, alice, service):
    balance = post(key=alice.key, action="balance")
    assert balance.json == {"balance": "100.00", "currency": "USD"}
    assert balance.status == 200

    added = post(
        key=alice.key, action="add", service=service.pk, link="https://example.com/a", quantity=1000, request_id="1"
    )
    assert added.status == 200, added.json
    order = added.json["order"]
    assert post(key=alice.key, action="balance").json["balance"] == "99.10"
    assert post(key=alice.key, action="status", order=order).json == {
        "status": "pending",
        "charge": "0.90",
        "start_count": "0",
        "remains": "1000",
        "currency": "USD",
    }
