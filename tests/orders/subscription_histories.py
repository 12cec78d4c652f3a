"""Any history of posts, pauses, deposits, cancels and stale words: each post is charged once, and no cent astray.

One example is the whole history of a few subscriptions of somebody with little money. `SUBSCRIPTION_HISTORIES=2000` in
the environment runs as many, from `SUBSCRIPTION_SEED` on.
"""

import contextlib
import os
import random
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

import accounts.operations
import orders.queries
import providers.operations
import wallets.operations
import wallets.queries
from catalog.models import Service
from events.models import Event
from kit.money import rounded
from orders import ledger, tasks
from orders.models import Order, Post, Purchase, Subscription
from orders.operations import buying, cancelling, following
from orders.operations.subscriptions.ending import CannotEnd, end_unpaid
from orders.states import ENDED
from providers.following import StatusNews
from providers.models import Provider
from providers.outcomes import Outcome, Placed, Refused, Unknown
from tests.orders.subscribed import RATE, followed, numbers, posts_service, say, size, subscribe, their_id
from wallets.operations import InsufficientBalance

__all__ = ["posts_service"]
pytestmark = pytest.mark.django_db(transaction=True)
HISTORIES = int(os.environ.get("SUBSCRIPTION_HISTORIES", "25"))
FIRST_SEED = int(os.environ.get("SUBSCRIPTION_SEED", "1"))
FIRST = rounded(RATE * 50 / 1000)
WANTED = ("paused", "resumed", "post_charged", "post_owed", "post_written_off", "completed", "expired", "canceled")
# What happens, each as often as it is written here.
HAPPENS = (
    *["hear"] * 12,
    *["measure"] * 10,
    *["provider_stops", "go_on"] * 8,
    *["revive"] * 6,
    *["deposit"] * 2,
    *["buy", "spend", "hear_of_a_post"] * 4,
    *["refuse_to_cancel", "order"] * 2,
    *["cancel", "give_up"],
)


@dataclass(frozen=True)
class Step:
    """One thing that happens; each takes of this what it needs."""

    what: str
    number: int
    word: str | None
    more: int
    forget: bool
    stale: bool
    quantity: int
    status: str
    amount: str
    posts: int | None
    high: int
    old: int
    outcome: str


def a_step(chance: random.Random, what: str | None = None) -> Step:
    """Return something that happens."""
    return Step(
        what=what or chance.choice(HAPPENS),
        number=chance.randrange(6),
        word=chance.choice(["active"] * 12 + ["paused", None, "completed", "expired", "canceled"]),
        more=chance.choice([0, 1, 1, 2]),
        forget=chance.random() < 0.3,
        stale=chance.random() < 0.3,
        quantity=chance.choice([20, 333, 700, 1200]),
        status=chance.choice(["in_progress", "completed", "partial", "canceled"]),
        amount=chance.choice(["0.09", "0.5", "1"]),
        posts=chance.choice([None, None, 2, 3, 5]),
        high=chance.choice([100, 700, 1000, 1000]),
        old=chance.randrange(2),
        outcome="placed" if what else chance.choice(["placed"] * 6 + ["refused", "unknown"]),
    )


@dataclass
class History:
    """What a history has had so far, told by plain arithmetic."""

    account_id: int
    service: Service
    first_order: int
    put_in: Decimal
    told: dict[int, list[str]] = field(default_factory=dict)  # what the provider has named so far, by purchase
    sizes: dict[str, int] = field(default_factory=dict)

    def mine(self):
        return Order.objects.filter(pk__gte=self.first_order)

    def bought(self):
        return Purchase.objects.filter(order__in=self.mine(), order__type="Subscriptions")

    @staticmethod
    def one(rows, number):
        found = list(rows.order_by("pk"))
        return found[number % len(found)] if found else None

    def happen(self, step: Step) -> None:
        do: Callable[[Step], None] = getattr(self, step.what)
        do(step)

    def order(self, step):
        more = {} if step.posts is None else {"posts": step.posts, "old_posts": step.old}
        with contextlib.suppress(InsufficientBalance):
            placed = subscribe(self.account_id, self.service, max=step.high, **more)
            # Posts below the service's min leave something of the first money.
            Subscription.objects.filter(pk=placed.pk, max__gt=100).update(min=20)
            self.buy(step)

    def buy(self, step):
        for provider in Provider.objects.all():  # it rests for nobody here
            providers.operations.mark_working(provider_id=provider.pk)
        claimed = buying.claim([])
        if claimed is not None:
            outcomes: dict[str, Outcome] = {"refused": Refused("no"), "unknown": Unknown("a time-out")}
            buying.record(claimed, outcomes.get(step.outcome) or Placed(their_id()))

    def hear(self, step):
        purchase = self.one(self.bought().filter(state="done" if step.stale else "placed"), step.number)
        if purchase is None:
            return
        known = self.told.setdefault(purchase.pk, [])
        if step.stale or step.word is None:
            # A word that counts for nothing brings no post either.
            assert not say(purchase.order, step.word, *known, their_id(), purchase=purchase)
            return
        known += [their_id() for _ in range(step.more)]
        said = known[1:] if step.forget else known
        say(purchase.order, step.word, *said, purchase=purchase)
        assert set(said) <= set(Post.objects.values_list("provider_order_id", flat=True))

    def provider_stops(self, step):
        purchase = self.one(self.bought().filter(state="placed", cancel_due_at__isnull=False), step.number)
        if purchase is not None:
            say(purchase.order, "canceled", *self.told.get(purchase.pk, []), purchase=purchase)

    def revive(self, step):
        if Subscription.objects.filter(order__in=self.mine(), state="paused").exists():
            self.provider_stops(step)
            self.deposit(replace(step, amount="1"))
            self.go_on(replace(step, stale=False))

    def refuse_to_cancel(self, step):
        purchase = self.one(self.bought().filter(state="placed", cancel_due_at__isnull=False), step.number)
        if purchase is not None:
            Purchase.objects.filter(pk=purchase.pk).update(cancel_due_at=None, cancel_answer="no")

    def measure(self, step):
        mine = Post.objects.filter(subscription__order__in=self.mine())
        post = self.one(mine if step.stale else mine.filter(state="reported"), step.number)
        status = "in_progress" if step.status == "partial" else step.status
        if post is not None and size(post.provider_order_id, step.quantity, status):
            low, high = post.subscription.min, post.subscription.max
            self.sizes[post.provider_order_id] = min(max(step.quantity, low), high)

    def hear_of_a_post(self, step):
        child = self.one(self.mine().exclude(parent=None), step.number)
        if child is not None:
            following.learn(followed(child.purchases.get()), StatusNews(step.status, remains=step.quantity))

    def deposit(self, step):
        amount, reference = Decimal(step.amount), f"h-{next(numbers)}"
        accounts.operations.deposit(account_id=self.account_id, amount=amount, reference=reference)
        self.put_in += amount

    def spend(self, step):
        amount, reference = Decimal(step.amount), f"h-{next(numbers)}"
        with contextlib.suppress(InsufficientBalance):
            wallets.operations.adjust(
                account_id=self.account_id, amount=-amount, reference=reference, actor="a test", reason="elsewhere"
            )
            self.put_in -= amount

    def go_on(self, step):
        if tasks.go_on() and not step.stale:
            self.buy(step)

    def cancel(self, step):
        order = self.one(self.mine().filter(parent=None), step.number)
        if order is not None and step.forget:  # seldom: a life that is cut short has little to tell
            cancelling.cancel(account_id=self.account_id, sent=[str(order.pk)])

    def give_up(self, step):
        order = self.one(self.mine().filter(parent=None), step.number)
        if order is not None and step.forget:  # seldom: a life that is cut short has little to tell
            with contextlib.suppress(CannotEnd):
                end_unpaid(order_id=order.pk, actor="operator", reason="a test")

    def each_post_is_charged_once(self):
        children = self.mine().exclude(parent=None)
        charged = Counter(Purchase.objects.filter(order__in=children).values_list("provider_order_id", flat=True))
        assert set(charged.values()) <= {1}
        assert set(charged) <= {each for names in self.told.values() for each in names}
        for child in children.select_related("parent__subscription", "post"):
            subscription = child.parent.subscription
            fixed = subscription.min if subscription.min == subscription.max else None
            assert child.quantity == (fixed or self.sizes[child.post.provider_order_id])
            assert child.charge == rounded(RATE * child.quantity / 1000)
        for subscription in Subscription.objects.filter(order__in=self.mine()).prefetch_related("posts"):
            count = sum(post.state == "charged" for post in subscription.posts.all())
            assert subscription.wanted is None or count <= subscription.wanted

    def the_first_money_goes_to_the_first_post_and_its_rest_back_once(self):
        told_of = self.refunds_told()
        for order in self.mine().filter(parent=None).prefetch_related("posts"):
            first = min(order.posts.all(), key=lambda post: post.pk, default=None)
            used = Decimal(0) if first is None else min(FIRST, first.charge)
            assert order.charge == FIRST
            assert order.refunded == (FIRST if order.status in ENDED else used)
            back = told_of[order.pk]
            assert sum(back) == order.refunded - used
            assert len(back) <= 1
            assert sum(each.amount for each in ledger.entries(order)) == order.refunded - order.charge

    def refunds_told(self):
        """Return what each order's events say was paid back, by the order's id."""
        told = defaultdict(list)
        events = Event.objects.filter(subject="order", subject_id__gte=self.first_order, kind="order.refunded")
        for order_id, data in events.values_list("subject_id", "data"):
            told[order_id].append(Decimal(data["refund"]))
        return told

    def states_say_what_is(self):
        under_way = Purchase.objects.filter(order__in=self.mine(), state__in=["queued", "submitting", "placed"])
        live = Counter(under_way.values_list("order_id", flat=True))
        mine = Subscription.objects.filter(order__in=self.mine())
        for subscription in mine.select_related("order").prefetch_related("posts"):
            states = {post.state for post in subscription.posts.all()}
            waiting = bool(states & {"reported", "owed"})
            is_open = subscription.order.status not in ENDED
            assert (subscription.state in {"active", "paused"}) == is_open
            assert is_open or not waiting
            assert subscription.state == "paused" or "owed" not in states
            assert live[subscription.pk] <= 1  # never delivered twice at once

    def money_adds_up(self):
        kept = sum((each.charge - each.refunded for each in self.mine()), Decimal(0))
        assert wallets.queries.balance_from_database(self.account_id) == self.put_in - kept
        assert list(wallets.queries.broken_wallets()) == []
        assert list(orders.queries.broken_orders()) == []
        assert list(orders.queries.stray_sales()) == []


def _begin(person, service) -> History:
    # What an earlier history left is nobody's any more; its books are proved again with this one's.
    Purchase.objects.filter(state="queued").update(state="withdrawn")
    Subscription.objects.filter(state="paused").update(state="canceled")
    last = Order.objects.order_by("-id").values_list("id", flat=True).first() or 0
    return History(person(f"bob-{next(numbers)}", deposit="0.3").id, service, last + 1, Decimal("0.3"))


def test_any_history_of_subscriptions_keeps_the_books(person, posts_service):
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        chance, history, steps = random.Random(seed), _begin(person, posts_service), []
        try:
            for number in range(chance.randrange(20, 50)):
                steps.append(a_step(chance, "order" if number == 0 else None))
                history.happen(steps[-1])
                history.each_post_is_charged_once()
                history.the_first_money_goes_to_the_first_post_and_its_rest_back_once()
                history.states_say_what_is()
            history.money_adds_up()
        except Exception as error:
            error.add_note(f"seed {seed}:\n" + "\n".join(str(each) for each in steps))
            raise
    kinds = set(Event.objects.filter(kind__startswith="subscription.").values_list("kind", flat=True))
    # They are histories worth the name: all that can happen did.
    assert {f"subscription.{each}" for each in WANTED} <= kinds
    assert Purchase.objects.filter(run=2, provider_order_id__isnull=False).exists()
