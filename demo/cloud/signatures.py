"""URLs that a service account signed: read by whoever has one, for as long as it says, and for nothing else."""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from demo.cloud.refusals import Refusal

ALGORITHM = "GOOG4-RSA-SHA256"
LONGEST_SECONDS = 7 * 86_400
EMAIL = "trainmaster@demo.iam.gserviceaccount.com"
_KEY = "service-account.json"
#: What a signed URL says for itself.
_NEEDED = ("X-Goog-Credential", "X-Goog-Date", "X-Goog-Expires", "X-Goog-SignedHeaders", "X-Goog-Signature")


def kept_key(folder: Path, *, project: str) -> Path:
    """A service account's key file, which opens nothing but this machine's buckets; made when missing.

    Args:
        folder: Where it is kept.
        project: The project that it is of.
    """
    file = folder / _KEY
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
        pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        told = {
            "type": "service_account",
            "project_id": project,
            "private_key_id": "demo",
            "private_key": pem.decode(),
            "client_email": EMAIL,
            "client_id": "1",
            "token_uri": "http://127.0.0.1:9/token",  # nobody gives tokens: this machine's buckets ask for none
        }
        file.touch(mode=0o600)
        file.write_text(json.dumps(told), "utf-8")
    return file


class Signatures:
    """Knows one service account."""

    def __init__(self, key_file: Path) -> None:
        """Read its key."""
        told = json.loads(key_file.read_text("utf-8"))
        private = serialization.load_pem_private_key(str(told["private_key"]).encode(), None)
        if not isinstance(private, rsa.RSAPrivateKey):
            raise TypeError(f"{key_file.name} holds no RSA key")
        self._email = str(told["client_email"])
        self._public = private.public_key()

    def check(
        self, method: str, path: str, query: list[tuple[str, str]], headers: Mapping[str, str], *, now: datetime
    ) -> None:
        """Let a request pass whose URL was signed for it.

        Args:
            method: As it was asked.
            path: As it was asked, still quoted.
            query: Names and values, unquoted.
            headers: By lower-case name.
            now: The time.

        Raises:
            Refusal: It was not, or it was for a time that is over.
        """
        told = dict(query)
        if told.get("X-Goog-Algorithm") != ALGORITHM or any(name not in told for name in _NEEDED):
            raise Refusal(403, "Anonymous caller does not have storage.objects.get access.", reason="forbidden")
        email, _, scope = told["X-Goog-Credential"].partition("/")
        signed_headers = told["X-Goog-SignedHeaders"].split(";")
        canonical = [
            *(method, path, _canonical(query)),
            *(f"{name}:{' '.join(headers.get(name, '').split())}" for name in signed_headers),
            *("", told["X-Goog-SignedHeaders"], "UNSIGNED-PAYLOAD"),
        ]
        digest = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
        text = "\n".join((ALGORITHM, told["X-Goog-Date"], scope, digest))
        try:
            signature = bytes.fromhex(told["X-Goog-Signature"])
            self._public.verify(signature, text.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (InvalidSignature, ValueError):
            raise Refusal(403, "The request signature we calculated does not match.", reason="forbidden") from None
        if email != self._email:
            raise Refusal(403, "The service account is not known.", reason="forbidden")
        _in_time(told["X-Goog-Date"], told["X-Goog-Expires"], now=now)


def _in_time(date: str, expires: str, *, now: datetime) -> None:
    begun = datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    seconds = int(expires)
    if not 0 < seconds <= LONGEST_SECONDS or not -900 <= (now - begun).total_seconds() <= seconds:  # noqa: PLR2004 - clocks apart
        raise Refusal(400, "The provided token has expired.", reason="expired")


def _canonical(query: list[tuple[str, str]]) -> str:
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in query if name != "X-Goog-Signature")
    return "&".join(f"{name}={value}" for name, value in pairs)


def _quoted(text: str) -> str:
    return quote(text, safe="~")
