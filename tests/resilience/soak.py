"""The blows for longer, drawn by a seed that is printed: `python -m tests.resilience.soak --minutes 5 --seed 1`."""

import argparse
import random
import time
from collections.abc import Iterator

from tests.resilience import striking
from tests.resilience.blows import loaded_panel, strike
from tests.resilience.striking import Blow


def drawn(seed: int, minutes: float) -> Iterator[Blow]:
    """Yield blows, named as they fall, until the minutes are over."""
    choose, until = random.Random(seed), time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        blow = choose.choice(striking.ALL)
        print(f"{blow.__doc__}", flush=True)
        yield blow


def main() -> None:
    """Run it and print what it came to; a broken promise ends it with what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    given = parser.parse_args()
    print(f"--minutes {given.minutes:g} --seed {given.seed}", flush=True)
    with loaded_panel() as panel:
        result = strike(panel, drawn(given.seed, given.minutes))
    print(result)


if __name__ == "__main__":
    main()
