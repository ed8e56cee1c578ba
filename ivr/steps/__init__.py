"""One file a menu step."""
