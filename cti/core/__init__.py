"""Pure: what calls and agents are and how events change them."""
