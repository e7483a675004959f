"""Where in Google Cloud this installation works, and with whose credentials."""

import ipaddress
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tools.errors import Refused, Unavailable

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPES = ("https://www.googleapis.com/auth/cloud-platform",)
STORAGE = "https://storage.googleapis.com"
#: What Gemini may be asked in and nothing is deployed in.
NO_REGION = "global"

NOT_CONFIGURED = "Google Cloud is not configured here: whoever runs me sets GOOGLE_CLOUD_PROJECT to use it."
NO_CREDENTIALS = (
    "I have no credentials for Google Cloud: whoever runs me starts me as a service account, or sets "
    "GOOGLE_APPLICATION_CREDENTIALS to a key file."
)
NO_SIGNER = (
    "The credentials that I have for Google Cloud cannot sign a URL: it takes a service account's key file, or a "
    "service account that may sign as itself (roles/iam.serviceAccountTokenCreator)."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A project and the addresses of its services.

    Attributes:
        project: The project's id.
        location: The region for what is deployed; `global` where none was named.
        storage_url: Another address of Cloud Storage than Google's, for tests and the demo.
        vertex_url: The same for Vertex AI.
    """

    project: str
    location: str = NO_REGION
    storage_url: str = ""
    vertex_url: str = ""

    @property
    def storage(self) -> str:
        """Where Cloud Storage is."""
        return self.storage_url or STORAGE

    @property
    def vertex(self) -> str:
        """Where Vertex AI is.

        Raises:
            Refused: No region is named.
        """
        if self.location == NO_REGION:
            raise Refused(
                "Models are deployed in a region, and none is named here: whoever runs me sets GOOGLE_CLOUD_LOCATION, "
                "for example to us-central1."
            )
        return self.vertex_url or f"https://{self.location}-aiplatform.googleapis.com"


class Identity:
    """The application-default credentials, found at the first use and then kept; safe to share between threads."""

    def __init__(self) -> None:
        """Look for nothing yet."""
        self._lock = threading.Lock()
        self._found: Credentials | None = None

    def for_service(self, url: str) -> "Credentials":
        """What a service at an address is shown: nothing on this machine itself, else who we are.

        Raises:
            Refused: There are no credentials.
            Unavailable: They could not be looked for.
        """
        if is_this_machine(url):
            from google.auth.credentials import AnonymousCredentials  # noqa: PLC0415 - see tools/google/__init__.py

            return AnonymousCredentials()  # type: ignore[no-untyped-call]  # google-auth is untyped here
        return self.own()

    def own(self) -> "Credentials":
        """Who we are.

        Raises:
            Refused: There are no credentials.
            Unavailable: They could not be looked for.
        """
        import google.auth  # noqa: PLC0415 - see tools/google/__init__.py
        from google.auth import exceptions  # noqa: PLC0415 - the same

        with self._lock:
            if self._found is None:
                try:
                    self._found, _ = google.auth.default(scopes=SCOPES)
                except exceptions.DefaultCredentialsError as error:
                    raise Refused(NO_CREDENTIALS) from error
                except exceptions.GoogleAuthError as error:
                    raise Unavailable("Google Cloud", "our credentials could not be looked up") from error
            return self._found

    def email(self, url: str) -> str:
        """As whom a service at an address knows us; empty where the credentials do not say.

        Raises:
            Refused: There are no credentials.
        """
        return email_of(self.for_service(url))


def email_of(credentials: "Credentials") -> str:
    """The e-mail address that credentials belong to; empty where they do not say."""
    email: object = getattr(credentials, "service_account_email", None)
    return email if isinstance(email, str) else ""


def is_this_machine(url: str) -> bool:
    """Whether an address is on this machine: nobody else sees what is sent there."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
