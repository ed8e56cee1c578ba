"""Pure: what a case is and the rules it lives by."""
