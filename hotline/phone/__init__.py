"""A simulated telephone: a real SIP user agent that narrates its call."""
