"""The edge to Asterisk: AMI connection, translation of its messages, actions."""
