"""The bench of the other tools' tests serves here too."""

from tests.unit.tools_prefect.conftest import bench

__all__ = ["bench"]
