"""Charging posts: each becomes an order of its own, once, in the transaction that takes its money."""

from decimal import Decimal

from django.db import IntegrityError, transaction

import events.operations
import wallets.operations
import wallets.queries
from catalog.models import ServiceType
from kit import clock, ids
from kit.money import ZERO, wire
from orders.margins import expected_cost
from orders.models import Order, Post, Purchase
from orders.operations.settling import settle
from orders.operations.subscriptions.holding import Held
from orders.operations.subscriptions.pausing import pause, pause_when_short
from orders.operations.subscriptions.telling import tell
from orders.states import PostState, PurchaseState
from wallets.operations import InsufficientBalance


def charge_posts(held: Held) -> int:
    """Charge every post whose size is known, the oldest first, until the balance covers no more; return how many.

    Where it does not, the subscription is paused until it does; as well where it would not cover a post at its max.
    """
    charged = 0
    for post in held.subscription.posts.filter(state=PostState.OWED).order_by("id"):
        price = held.price(post.quantity or 0)
        taken = _out_of_the_first(held, price)
        try:
            _charge(held, post, price, taken)
        except InsufficientBalance:
            _owe(held, post, price - taken)
            return charged
        except IntegrityError as error:
            if "purchase_unique_at_provider" not in str(error):
                raise
            write_off(held, post, "the provider gave it the id of another order")
        else:
            charged += 1
    if charged:
        pause_when_short(held)
    return charged


def write_off(held: Held, post: Post, why: str, *, actor: str = "") -> None:
    """Say of a post that it will never be charged, and why."""
    waiting = Post.objects.filter(pk=post.pk, order__isnull=True).exclude(state=PostState.WRITTEN_OFF)
    if waiting.update(state=PostState.WRITTEN_OFF, note=why[:200]):
        tell("post_written_off", held.order, actor=actor, reason=why, provider_order=post.provider_order_id)


def _out_of_the_first(held: Held, price: Decimal) -> Decimal:
    """Return what of this post is paid by the money that was taken at placing, which is the first post's alone."""
    if held.subscription.posts.filter(state=PostState.CHARGED).exists():
        return ZERO
    return min(held.order.charge - held.order.refunded, price)


def _charge(held: Held, post: Post, price: Decimal, taken: Decimal) -> None:
    refunded = held.order.refunded + taken
    with transaction.atomic():
        child = _child(held, post, price)
        Post.objects.filter(pk=post.pk).update(state=PostState.CHARGED, order=child, note="")
        _place(held, post, child)
        _record(held, post, child, taken)
        settle(child.pk)
        if taken > ZERO:
            _give_to_the_post(held, refunded, taken)
        if price > ZERO:
            reference = f"order:{child.pk}:charge"
            wallets.operations.charge(account_id=child.account_id, amount=price, reference=reference, lent=taken)
    held.order.refunded = refunded


def _give_to_the_post(held: Held, refunded: Decimal, taken: Decimal) -> None:
    """Move money from the subscription to its post; the reference names the total, which is reached once."""
    Order.objects.filter(pk=held.order.pk).update(refunded=refunded)
    wallets.operations.refund(
        account_id=held.order.account_id,
        amount=taken,
        reference=f"order:{held.order.pk}:refund:{wire(refunded)}",
        reason="its first post's money",
    )


def _child(held: Held, post: Post, price: Decimal) -> Order:
    parent, quantity = held.order, post.quantity or 0
    return Order.objects.create(
        public_id=ids.new_id(),
        account_id=parent.account_id,
        api_key_id=parent.api_key_id,
        service_id=parent.service_id,
        parent=parent,
        type=ServiceType.DEFAULT,
        params={"username": held.subscription.username},
        quantity=quantity,
        rate=parent.rate,
        price_steps=[
            {"step": "subscription", "text": f"the rate agreed for {parent.shown_id}", "amount": wire(parent.rate)},
            {"step": "quantity", "text": f"a post of {quantity}, by {post.seen['basis']}", "amount": wire(price)},
        ],
        charge=price,
        remains=quantity,
        created_at=clock.now(),
    )


def _place(held: Held, post: Post, child: Order) -> None:
    """Write the purchase by which the post is followed: the provider made the order for it by itself."""
    bought, now, told = post.purchase, clock.now(), post.seen.get("their_charge")
    expected = expected_cost(child.type, bought.source.cost, child.quantity)
    Purchase.objects.create(
        order=child,
        source_id=bought.source_id,
        provider_id=post.provider_id,
        quantity=child.quantity,
        state=PurchaseState.PLACED,
        wanted_at=now,
        due_at=now,
        claimed_at=now,
        found_at=now,
        provider_order_id=post.provider_order_id,
        cost=expected if told is None else Decimal(told),
        currency=bought.currency,
        exchange_rate=bought.exchange_rate,
        answer=f"a post of {held.order.shown_id}",
    )


def _record(held: Held, post: Post, child: Order, taken: Decimal) -> None:
    events.operations.record(
        kind="order.placed",
        subject="order",
        subject_id=child.pk,
        account_id=child.account_id,
        data={
            "order": child.shown_id,
            "service": child.service_id,
            "quantity": child.quantity,
            "charge": wire(child.charge),
            "subscription": held.order.shown_id,
        },
    )
    out_of_the_first = {"refund": wire(taken)} if taken > ZERO else {}
    tell(
        "post_charged",
        held.order,
        post=child.shown_id,
        provider_order=post.provider_order_id,
        quantity=child.quantity,
        charge=wire(child.charge),
        **out_of_the_first,
        **post.seen,
    )


def _owe(held: Held, post: Post, needs: Decimal) -> None:
    if not post.note:
        note = "the balance did not cover it"
        Post.objects.filter(pk=post.pk).update(note=note)
        tell("post_owed", held.order, provider_order=post.provider_order_id, needs=wire(needs), **post.seen)
    pause(held, needs)
