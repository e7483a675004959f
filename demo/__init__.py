"""The outside world on one machine: a Slack stand-in with a page, Valkey, Prefect, MLflow, and stories."""
