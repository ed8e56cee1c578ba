"""Turns prompt texts into telephone audio."""
