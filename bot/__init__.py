"""What Slack sees, and what all processes must agree on."""
