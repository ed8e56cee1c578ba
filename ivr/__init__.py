"""Answers Asterisk over FastAGI and walks the published menus."""
