"""Repeatable measurements, each one command: `python -m bench NAME`."""
