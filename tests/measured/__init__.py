"""What each ear of a case heard, and when: measured at the phones, written down, never asserted in milliseconds."""
