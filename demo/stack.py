"""Everything a demo consists of, started and stopped as one."""

from collections.abc import Callable, Mapping
from pathlib import Path

from demo.services import cloud, mlflow, prefect, product, valkey
from demo.services.ports import Ports
from demo.services.service import Service
from demo.services.state import kept_secret
from demo.services.supervisor import Supervisor
from demo.stories.behind import Behind
from demo.workspace.server import WorkspaceServer


class Stack:
    """A local workspace, the servers behind Trainmaster, and Trainmaster.

    Args:
        state: The state folder, held by this process.
        workspace: The workspace, not started yet.
        ports: Who listens where.
        inherited: The environment of this process.
        model: The model, unless the person chose one.
        say: Told every line that a person should see.
    """

    def __init__(
        self,
        state: Path,
        *,
        workspace: WorkspaceServer,
        ports: Ports,
        inherited: Mapping[str, str],
        model: str = "",
        say: Callable[[str], None] = print,
    ) -> None:
        self.workspace = workspace
        self.supervisor = Supervisor(state, say=say)
        self._state = state
        self._ports = ports
        self._inherited = inherited
        self._model = model
        self._password = kept_secret(state, "redis.password")

    @property
    def urls(self) -> list[tuple[str, str, str]]:
        """What a person can open: name, address, what it is for."""
        return [
            ("Workspace", self.workspace.page_url, "talk to @trainmaster as Alice, Bob or Carol"),
            ("Prefect", f"http://127.0.0.1:{self._ports.prefect}", "pipelines and their runs"),
            ("MLflow", mlflow.url(self._ports.mlflow), "experiments, metrics and models"),
        ]

    def start(self) -> None:
        """Start everything and return when it can be used.

        Raises:
            ServiceFailed: Something did not start; call `stop` all the same.
        """
        self.workspace.start()
        self.supervisor.start([*self._backends(), *self._product()])
        self.supervisor.watch()

    def stop(self) -> None:
        """Stop everything; nothing is left running."""
        self.supervisor.stop()
        self.workspace.stop()

    def _backends(self) -> list[Service]:
        ports, state, inherited = self._ports, self._state, self._inherited
        return [
            valkey.server(state, port=ports.valkey, inherited=inherited, password=self._password),
            prefect.server(state, port=ports.prefect, inherited=inherited),
            mlflow.server(state, port=ports.mlflow, inherited=inherited),
            cloud.server(state, port=ports.cloud, inherited=inherited),
            prefect.worker(
                state,
                pool=product.POOL,
                prefect_url=prefect.api_url(ports.prefect),
                mlflow_url=mlflow.url(ports.mlflow),
                inherited=inherited,
            ),
        ]

    @property
    def behind(self) -> Behind:
        """What stands behind the workspace, for stories that look there."""
        return Behind(mlflow=mlflow.url(self._ports.mlflow), environment=self._environment())

    def _product(self) -> list[Service]:
        return product.processes(
            self._environment(),
            connected=lambda: self.workspace.connections > 0,
            working=valkey.has_workers(self._ports.valkey, self._password),
        )

    def _environment(self) -> dict[str, str]:
        addresses = product.Addresses(
            slack_api=self.workspace.api_url,
            bot_token=self.workspace.bot_token,
            app_token=self.workspace.app_token,
            redis=valkey.url(self._ports.valkey, self._password),
            prefect=prefect.api_url(self._ports.prefect),
            mlflow=mlflow.url(self._ports.mlflow),
            cloud=cloud.environment(self._state, port=self._ports.cloud, inherited=self._inherited),
        )
        return product.environment(addresses, state=self._state, inherited=self._inherited, model=self._model)
