"""The pages of the developer documentation, in the order they are listed and read in."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """A page: the last part of its address, its title, what it is about in a sentence, and the actions it describes."""

    slug: str
    title: str
    sentence: str
    actions: tuple[str, ...] = ()

    @property
    def path(self) -> str:
        """Return where the page is; the first one is the documentation's own address."""
        return ROOT if self.slug == OVERVIEW else f"{ROOT}/{self.slug}"


ROOT = "/developers"
OVERVIEW = "overview"
GROUPS: dict[str, tuple[Page, ...]] = {
    "Start": (
        Page(OVERVIEW, "Overview", "One URL, one POST, and all that can be done with it."),
        Page("getting-started", "Getting started", "From a key to a first order, in four languages."),
        Page("authentication", "Authentication", "API keys: how they are sent, limited, changed and revoked."),
        Page("rate-limits", "Rate limits", "How many requests a minute are answered, and the headers that say so."),
        Page("errors", "Errors", "Every refusal there is: its text, its status, and what to do about it."),
    ),
    "Actions": (
        Page("list-services", "List services", "Every service on sale, with the rates you pay.", ("services",)),
        Page("place-order", "Place order", "Order any type of service, once for each request_id.", ("add",)),
        Page("order-status", "Order status", "How one order, or up to a hundred, are doing.", ("status",)),
        Page(
            "refill",
            "Refill",
            "Fill an order up again that lost some of what was delivered.",
            ("refill", "refill_status"),
        ),
        Page("cancel", "Cancel", "Give up one order, or up to a hundred.", ("cancel",)),
        Page("balance", "Balance", "What the account has to spend. Asking is free.", ("balance",)),
        Page(
            "manage-webhooks",
            "Manage webhooks",
            "Have the panel tell your program what happens, instead of asking again and again.",
            ("webhook.add", "webhook.list", "webhook.remove", "webhook.test"),
        ),
    ),
    "More": (
        Page("changelog", "Changelog", "What was added to the API, and when."),
        Page("sdks-and-libraries", "SDKs & libraries", "Programs and libraries that were tried with this API."),
    ),
}
PAGES: dict[str, Page] = {page.slug: page for group in GROUPS.values() for page in group}
DESCRIBED_ON: dict[str, Page] = {action: page for page in PAGES.values() for action in page.actions}


def around(slug: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after this one, None at either end."""
    pages = list(PAGES.values())
    at = pages.index(PAGES[slug])
    return (pages[at - 1] if at else None), (pages[at + 1] if at + 1 < len(pages) else None)
