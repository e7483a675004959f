"""What MLflow's client takes from the environment alone.

Its timeouts, retries and credentials have no other way in. Whoever builds the adapter exports what `exported` gives,
once, before the first call; without it a call to a server that is away takes a quarter of an hour.
"""

#: Seconds that any request may take; what is only looked up ends sooner, see `tools.deadline`.
TIMEOUT = 10


def exported(*, username: str = "", password: str = "", token: str = "") -> dict[str, str]:
    """Environment variables for MLflow's client, by name.

    Args:
        username: For a server with basic authentication.
        password: The same.
        token: For a server that takes bearer tokens.
    """
    always = {
        "MLFLOW_HTTP_REQUEST_TIMEOUT": str(TIMEOUT),
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",  # reads are made once more by us, changes never
        "MLFLOW_HTTP_RESPECT_RETRY_AFTER_HEADER": "false",  # a server must not keep a turn waiting
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "GIT_PYTHON_REFRESH": "quiet",  # it looks for git, and complains where there is none
    }
    credentials = {
        "MLFLOW_TRACKING_USERNAME": username,
        "MLFLOW_TRACKING_PASSWORD": password,
        "MLFLOW_TRACKING_TOKEN": token,
    }
    return always | {name: value for name, value in credentials.items() if value}
