"""What the agent can do: typed tools over Prefect, MLflow and pipeline files."""
