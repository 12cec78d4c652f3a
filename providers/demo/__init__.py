"""A provider to try a panel on: a real HTTP server that speaks the classic API v2 and misbehaves on request.

It needs no database and nothing of Django; README.md says how to use it.
"""
