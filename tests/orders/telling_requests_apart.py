"""A request that comes again is known by its parameters: all of every type, and by the same digest for ever."""

from orders.parameters import KNOWN, TAKES, fingerprint


def test_every_parameter_of_every_type_tells_two_requests_apart():
    names = {each.name for takes in TAKES.values() for each in takes.parameters}
    assert set(KNOWN) == names | {"service", "quantity", "runs", "interval", "coupon"}
    assert len(KNOWN) == len(set(KNOWN))
    plain = dict.fromkeys(KNOWN, "1")
    assert len({fingerprint(plain), *(fingerprint(plain | {name: "2"}) for name in KNOWN)}) == len(KNOWN) + 1


def test_a_default_orders_digest_is_what_it_always_was():
    params = {"coupon": "", "quantity": "1000", "link": "https://example.com/p", "service": "1", "unheard_of": "x"}
    assert fingerprint(params).hex() == "74927b255df07854608c06ab9d6d62ac643b13565af3dc8a0ffa19b2c77d4539"
    with_runs = params | {"coupon": "SUMMER", "interval": "60", "runs": "5"}
    assert fingerprint(with_runs).hex() == "f281fafa955e188ed93e070f5bd543953555ef33bc02b07f2d14515585c5773a"
