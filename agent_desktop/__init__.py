"""The web: pages, API and live socket of the agent desk."""
