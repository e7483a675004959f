"""Flows with parameters of many kinds, as text: what is read of them is compared with what Prefect makes of them.

They are ours and harmless; only for them may a test do what the product never does, and import the file.
"""

HEADER = "from prefect import flow\n"

SAMPLES: dict[str, str] = {
    "no parameters": "@flow\ndef f(): ...\n",
    "plain types": "@flow\ndef f(a: int, b: float = 0.5, c: str = 'x', d: bool = True, e: bytes = b'q'): ...\n",
    "no annotations": "@flow\ndef f(a, b=1, c=None, d=[1, 'x'], e={'k': (1, 2)}): ...\n",
    "negative and nested defaults": "@flow\ndef f(a: int = -3, b: dict = {'x': [1, {'y': None}]}): ...\n",
    "containers": (
        "@flow\ndef f(a: list[int], b: dict[str, float], c: set[str], d: tuple[int, str], e: tuple[int, ...],"
        " g: frozenset[int], h: list[dict[str, list[int]]]): ...\n"
    ),
    "optional in every way": (
        "from typing import Optional, Union\n"
        "@flow\ndef f(a: Optional[int] = None, b: int | None = None, c: Union[int, str] = 3,"
        " d: Union[int, str, None] = None, e: Optional[list[str]] = None): ...\n"
    ),
    "typing's containers": (
        "import typing as t\nfrom typing import Dict, List, Any, Sequence, Mapping\nimport collections.abc as abc\n"
        "@flow\ndef f(a: List[int], b: Dict[str, Any], c: t.Tuple[int, str], d: Sequence[int], e: Mapping[str, int],"
        " g: abc.Iterable[int], h: t.List): ...\n"
    ),
    "literals": (
        "from typing import Literal\nMode = Literal['fast', 'exact']\n"
        "@flow\ndef f(a: Literal['x', 'y'] = 'x', b: Literal[1, 2, None] = None, c: Mode = 'fast'): ...\n"
    ),
    "times and paths": (
        "import datetime\nfrom datetime import date, timedelta\nfrom decimal import Decimal\nfrom pathlib import Path\n"
        "from uuid import UUID\n"
        "@flow\ndef f(a: date, b: datetime.datetime, c: timedelta, d: Decimal, e: UUID, g: Path = Path('data/in.csv'),"
        " h: datetime.time | None = None): ...\n"
    ),
    "annotated": (
        "from typing import Annotated\nfrom pydantic import Field\nimport annotated_types\n"
        "@flow\ndef f(a: Annotated[int, Field(ge=1, le=9)] = 3, b: Annotated[str, 'a word'] = 'x',"
        " c: Annotated[list[int], annotated_types.MinLen(1)] = [1]): ...\n"
    ),
    "fields as defaults": (
        "from pydantic import Field\n"
        "@flow\ndef f(a: int = Field(3, description='How many'), b: str = Field(description='Which')): ...\n"
    ),
    "pydantic's types": (
        "import pydantic\nfrom pydantic import PositiveInt, SecretStr\n"
        "@flow\ndef f(a: PositiveInt, b: SecretStr | None = None, c: pydantic.HttpUrl | None = None): ...\n"
    ),
    "a model": (
        "from typing import Literal\nfrom pydantic import BaseModel, Field\n"
        "class Split(BaseModel):\n"
        "    '''How to split.\n\n    By time.\n    '''\n"
        "    test_share: float = Field(0.2, gt=0, lt=1, description='Share of rows')\n"
        "    by: Literal['time', 'random'] = 'time'\n"
        "class Config(BaseModel):\n"
        "    depth: int\n    name: str = 'churn'\n    split: Split\n    tags: list[str] = Field(default=[])\n"
        "    def doubled(self) -> int:\n        return self.depth * 2\n"
        "@flow\ndef f(config: Config, splits: list[Split] | None = None): ...\n"
    ),
    "a model that another one derives from": (
        "from pydantic import BaseModel, ConfigDict\n"
        "class Base(BaseModel):\n    model_config = ConfigDict(extra='forbid')\n    a: int = 1\n"
        "class More(Base):\n    b: str = 'x'\n"
        "@flow\ndef f(more: More): ...\n"
    ),
    "enums": (
        "import enum\nfrom enum import Enum, StrEnum, auto\n"
        "class Color(Enum):\n    '''A colour.'''\n    RED = 'red'\n    BLUE = 'blue'\n"
        "class Level(int, enum.Enum):\n    LOW = 1\n    HIGH = 2\n"
        "class Mode(StrEnum):\n    FAST = auto()\n    EXACT = auto()\n"
        "@flow\ndef f(a: Color = Color.RED, b: Level = Level.LOW, c: Mode = Mode.EXACT, d: list[Color] = []): ...\n"
    ),
    "a dataclass": (
        "from dataclasses import dataclass, field\n"
        "@dataclass\nclass Point:\n    '''A place.'''\n    x: int\n    y: float = 1.5\n"
        "    tags: list[str] = field(default_factory=list)\n"
        "@flow\ndef f(point: Point): ...\n"
    ),
    "a class of any other kind": "class Frame: ...\n@flow\ndef f(frame: Frame, frames: int = 1): ...\n",
    "string annotations": "@flow\ndef f(a: 'int', b: 'list[str] | None' = None): ...\n",
    "postponed annotations": (
        "from __future__ import annotations\nfrom prefect import flow\nfrom typing import Optional\n"
        "from pydantic import BaseModel\nclass M(BaseModel):\n    a: int = 1\n"
        "@flow\ndef f(a: Optional[int], m: M, b: list[str] = ['x']): ...\n"
    ),
    "constants of the module": (
        "DEPTH = 5\nNAMES: list[str] = ['a', 'b']\n@flow\ndef f(depth: int = DEPTH, names: list[str] = NAMES): ...\n"
    ),
    "keyword-only and positional-only": "@flow\ndef f(a: int, /, b: int = 2, *, c: str, d: str = 'x'): ...\n",
    "any number of arguments": "@flow\ndef f(a: int, *args: int, b: int = 1, **kwargs: str): ...\n",
    "docstring with arguments": (
        "@flow\ndef f(depth: int = 5, rows: int = 10):\n"
        '    """Train.\n\n    Args:\n        depth: How deep the trees\n            may grow.\n'
        '        rows: How many rows.\n    """\n'
    ),
    "names that pydantic has too": "@flow\ndef f(schema: str = 'x', copy: bool = False, json: int = 1): ...\n",
    "async": "@flow(name='later')\nasync def f(a: int = 1): ...\n",
}
