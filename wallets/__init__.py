"""Money: wallets, their entries, the books. `wallets.operations` is the only code that moves it."""
