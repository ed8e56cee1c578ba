"""Reads Asterisk, keeps live calls and agents, and carries out call control."""
