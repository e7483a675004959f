"""The minimal Slack, held against the real slack_sdk and slack_bolt over the loopback."""
