"""One module per surface of Slack; each has `register(app, services)`."""
