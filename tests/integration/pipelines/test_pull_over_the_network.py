"""The pull step against real servers on this machine, encrypted and not."""

import hashlib
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.unit.tools_pipelines.pool_process import pulled

SOURCE = b"from prefect import flow\n"
DIGEST = hashlib.sha256(SOURCE).hexdigest()


class Store(BaseHTTPRequestHandler):
    """Answers like a store of objects with signed URLs."""

    def do_GET(self) -> None:
        answers = {
            "/source?signature=abc": (200, SOURCE, ""),
            "/moved": (302, b"", "/source?signature=abc"),
            "/to-elsewhere": (302, b"", "http://192.0.2.1/source"),
            "/to-a-file": (302, b"", "file:///etc/passwd"),
            "/endless": (200, b"x" * 1_000_000, ""),
        }
        status, body, location = answers.get(self.path, (403, b"denied", ""))
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)
        while self.path == "/endless":
            try:
                self.wfile.write(body)
            except OSError:  # the other side has had enough
                return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing."""


@contextmanager
def served(tls: ssl.SSLContext | None = None) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Store)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that signs itself, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "store of a test")])
    here = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(here, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("certificate") / "store.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return file


def test_a_source_is_fetched_by_a_signed_url_over_https(certificate: Path) -> None:
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    with served(tls) as port:
        uri = f"https://127.0.0.1:{port}/source?signature=abc"
        answer = pulled(uri, DIGEST, "churn.py", environment={"SSL_CERT_FILE": str(certificate)})
        unknown = pulled(uri, DIGEST, "churn.py")
    assert answer["files"] == {"churn.py": SOURCE.decode()}
    assert "could not be fetched" in str(unknown["refused"])


def test_a_source_is_fetched_from_this_machine_and_through_a_redirect() -> None:
    with served() as port:
        for path in ("source?signature=abc", "moved"):
            answer = pulled(f"http://127.0.0.1:{port}/{path}", DIGEST, "churn.py")
            assert answer["files"] == {"churn.py": SOURCE.decode()}


def test_a_signed_url_that_is_refused_is_told_by_its_status_and_not_repeated() -> None:
    with served() as port:
        answer = pulled(f"http://127.0.0.1:{port}/source?signature=expired", DIGEST, "churn.py")
    assert "403" in str(answer["refused"])
    assert "expired" not in str(answer["refused"])


@pytest.mark.parametrize("path", ["to-elsewhere", "to-a-file"])
def test_a_redirect_leads_nowhere_that_a_source_may_not_come_from(path: str) -> None:
    with served() as port:
        assert "refused" in pulled(f"http://127.0.0.1:{port}/{path}", DIGEST, "churn.py")


def test_an_answer_without_end_is_given_up() -> None:
    with served() as port:
        assert "too large" in str(pulled(f"http://127.0.0.1:{port}/endless", DIGEST, "churn.py")["refused"])


def test_a_store_that_is_away_is_told() -> None:
    with served() as port:
        pass
    assert "could not be fetched" in str(pulled(f"http://127.0.0.1:{port}/source", DIGEST, "churn.py")["refused"])
