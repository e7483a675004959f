"""The stand-in for Google Cloud as the demo starts it: a process of its own, which Google's clients reach."""

from pathlib import Path

import pytest

from bot import settings as configuration
from demo.cloud.server import PROJECT
from demo.services import cloud
from demo.services.ports import free_port
from demo.services.supervisor import Supervisor
from tools.google.client import NewObject
from tools.google.storage import StorageServer
from tools.google.vertex import VertexServer
from worker import wiring


def test_what_the_demo_tells_trainmaster_leads_to_it_and_what_it_keeps_survives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    environment = cloud.environment(tmp_path, port=port, inherited={})
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    settings = configuration.load({"slack_bot_token": "xoxb-1", "slack_app_token": "xapp-1"})
    storage, vertex = wiring.storage_of(settings), wiring.vertex_of(settings)
    assert isinstance(storage, StorageServer)
    assert isinstance(vertex, VertexServer)
    for number in range(2):
        supervisor = Supervisor(tmp_path, say=lambda _: None)
        supervisor.start([cloud.server(tmp_path, port=port, inherited={})])
        try:
            kept = storage.write(NewObject(bucket=cloud.BUCKET, name=f"{number}.txt", content=b"x"))
            assert storage.signed_url(kept, seconds=60).startswith(cloud.url(port))
            assert [each.name for each in storage.objects(cloud.BUCKET).objects][-1] == f"{number}.txt"
            assert vertex.endpoints().endpoints == ()
        finally:
            supervisor.stop()
    assert storage.project == PROJECT


def test_who_reaches_gemini_through_vertex_ai_keeps_their_own_credentials(tmp_path: Path) -> None:
    own = cloud.environment(tmp_path, port=1, inherited={"GOOGLE_GENAI_USE_VERTEXAI": "true"})
    assert "GOOGLE_APPLICATION_CREDENTIALS" not in own
