"""The page at `/`, for a person who opens the demo provider's address."""

from collections.abc import Iterable
from html import escape

from providers.demo.behaviours import SENTENCES
from providers.demo.catalogue import Offer

STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "td,th{text-align:left;padding:.1rem .8rem .1rem 0}"
)


def page(address: str, offers: Iterable[Offer]) -> str:
    """Return the page, whole; it shows no key."""
    services = "".join(
        f"<tr><td>{offer.service}<td>{escape(offer.name)}<td>{escape(offer.type)}<td>{offer.rate:f}"
        f"<td>{offer.min} to {offer.max}"
        for offer in offers
    )
    behaviours = "".join(f"<tr><td><code>{name}</code><td>{escape(what)}" for name, what in SENTENCES.items())
    api, example = f"{escape(address)}/api/v2", "-d link=https://example.com/a -d quantity=100"
    control = f"{escape(address)}/control"
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Demo provider</title>
<style>{STYLE}</style>
<h1>Demo provider</h1>
<p>An upstream provider to try a panel on. It delivers nothing to anybody: orders are numbers that count down.
Give your panel the address <code>{api}</code> and the demo provider's key.</p>
<pre>curl -d key=KEY -d action=balance {api}
curl -d key=KEY -d action=add -d service=1 {example} {api}</pre>
<h2>Services</h2>
<table><tr><th>id<th>name<th>type<th>rate<th>quantity{services}</table>
<h2>Misbehaving</h2>
<p>From the same machine, the next orders can be told to go wrong, each in its way:</p>
<pre>curl --json '{{"key": "KEY", "next": ["timeout_after_placing", "html"]}}' {control}
curl '{control}/calls?key=KEY'   # every call that came in
curl '{control}/orders?key=KEY'  # every order placed</pre>
<table>{behaviours}</table></html>
"""
