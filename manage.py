#!/usr/bin/env python
"""Runs a management command."""

from notpanel.commandline import main

if __name__ == "__main__":
    main()
