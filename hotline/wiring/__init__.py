"""Composition root: one module a process."""
