"""What Google's clients take from the environment alone: exported before the first call by who builds the adapters."""


def exported() -> dict[str, str]:
    """Environment variables for Google's clients, by name.

    Without them the search for credentials asks for ten seconds whether this machine is one of Google's.
    """
    return {"GCE_METADATA_TIMEOUT": "1", "GCE_METADATA_DETECT_RETRIES": "1"}
