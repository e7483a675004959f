"""MLflow's registry of models as people find it: versions to promote, and where an alias points."""

from typing import Any

import httpx

API = "/api/2.0/mlflow"


class Registry:
    """A registry, by MLflow's REST interface.

    Args:
        url: MLflow's address.
    """

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20, trust_env=False)

    def close(self) -> None:
        """Ask no more."""
        self._http.close()

    def add(self, model: str, *, versions: int, alias: str) -> None:
        """Register a model: each version is from a run with a metric of its own, the alias points to the first."""
        self._do("POST", "registered-models/create", {"name": model})
        for number in range(1, versions + 1):
            run = self._do("POST", "runs/create", {"experiment_id": "0", "run_name": f"{model}-{number}"})["run"]
            name = run["info"]["run_id"]
            metrics = [{"key": "roc_auc", "value": 0.8 + number / 100, "timestamp": 0, "step": 0}]
            params = [{"key": "max_depth", "value": str(number)}]
            self._do("POST", "runs/log-batch", {"run_id": name, "metrics": metrics, "params": params})
            self._do("POST", "runs/update", {"run_id": name, "status": "FINISHED"})
            source = f"{run['info']['artifact_uri']}/model"
            self._do("POST", "model-versions/create", {"name": model, "source": source, "run_id": name})
        self.move(model, alias, "1")

    def move(self, model: str, alias: str, version: str) -> None:
        """Let an alias point to a version, as somebody does who asks nobody."""
        self._do("POST", "registered-models/alias", {"name": model, "alias": alias, "version": version})

    def points_to(self, model: str, alias: str) -> str:
        """The version that an alias points to; empty for none."""
        aliases = self._do("GET", "registered-models/get", {"name": model})["registered_model"].get("aliases", [])
        return next((str(one["version"]) for one in aliases if one["alias"] == alias), "")

    def tags(self, model: str, version: str) -> dict[str, str]:
        """What is written on a version."""
        found = self._do("GET", "model-versions/get", {"name": model, "version": version})["model_version"]
        return {tag["key"]: tag["value"] for tag in found.get("tags", [])}

    def remove(self, model: str) -> None:
        """Forget a model, if it is there."""
        self._http.request("DELETE", f"{API}/registered-models/delete", json={"name": model})

    def _do(self, method: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        given: dict[str, Any] = {"params": fields} if method == "GET" else {"json": fields}
        found: dict[str, Any] = self._http.request(method, f"{API}/{path}", **given).raise_for_status().json()
        return found
