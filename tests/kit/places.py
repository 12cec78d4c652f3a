"""Places that are taken and given back."""

from kit.places import Holding, Places


def test_no_more_than_there_are() -> None:
    places = Places(1)
    give_back = places.take("alice")
    assert give_back is not None
    assert places.take("bob") is None
    give_back()
    assert places.take("bob") is not None
    give_back()  # the one that was given back before, and not bob's
    assert places.take("carol") is None


def test_one_for_each() -> None:
    places = Places(3)
    give_back = places.take("alice")
    assert give_back is not None
    assert places.take("alice") is None
    assert places.take("bob") is not None
    give_back()
    assert places.take("alice") is not None


def test_a_stream_that_never_began_gives_its_place_back() -> None:
    places = Places(1)
    Holding(iter([b"x"]), places.take("alice") or (lambda: None)).close()
    assert places.take("alice") is not None


def test_a_stream_that_ends_gives_its_place_back() -> None:
    places = Places(1)
    held = Holding(iter([b"x"]), places.take("alice") or (lambda: None))
    assert places.take("alice") is None
    assert list(held) == [b"x"]
    assert places.take("alice") is not None
