"""Places that are taken and given back."""

from kit.places import Holding, Places


def test_no_more_than_there_are() -> None:
    places = Places(1)
    give_back = places.take()
    assert give_back is not None
    assert places.take() is None
    give_back()
    give_back()
    assert places.take() is not None
    assert places.take() is None


def test_a_stream_that_never_began_gives_its_place_back() -> None:
    places = Places(1)
    Holding(iter([b"x"]), places.take() or (lambda: None)).close()
    assert places.take() is not None


def test_a_stream_that_ends_gives_its_place_back() -> None:
    places = Places(1)
    held = Holding(iter([b"x"]), places.take() or (lambda: None))
    assert places.take() is None
    assert list(held) == [b"x"]
    assert places.take() is not None
