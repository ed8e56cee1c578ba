"""Tests of the hotline, by room."""
