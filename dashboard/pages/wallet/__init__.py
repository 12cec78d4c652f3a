"""The wallet: what is in it, what moved it, how it is filled, and when its balance is said to be low."""
