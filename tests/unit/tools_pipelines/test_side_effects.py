import pytest

from tests.unit.tools_pipelines.pipeline_sources import WITH_FLOW, reading_of
from tools.pipelines.models import Finding


def findings(text: str, kind: str = "import-side-effect") -> list[Finding]:
    return [found for found in reading_of(WITH_FLOW + text).findings if found.kind == kind]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("print('hello')", "print() is called"),
        ("data = open('x.csv').read()", "open() is called"),
        ("with open('x') as f:\n    pass", "`with` block"),
        ("for i in range(3):\n    pass", "loop"),
        ("while True:\n    break", "loop"),
        ("import pandas as pd\nframe = pd.read_csv('x')", "pandas.read_csv() is called"),
        ("import requests\nx = [requests.get(u) for u in []]", "requests.get() is called"),
        ("import os\nos.environ['KEY'] = '1'", "os.environ is changed"),
        ("import os\nos.system('ls')", "os.system() is called"),
        ("def load(): ...\nX = load()", "load() is called"),
        ("def g(x=load()): ...\ndef load(): ...", "load() is called"),
        ("class A:\n    x = setup()\ndef setup(): ...", "setup() is called"),
        ("if True:\n    print('x')", "print() is called"),
        ("try:\n    import x\nexcept ImportError:\n    print('x')", "print() is called"),
        ("if connect():\n    pass\ndef connect(): ...", "connect() is called"),
        ("raise SystemExit", "exception is raised"),
        ("churn(3)", "the flow churn is started"),
        ("exec('x = 1')", "exec() is called"),
        ("(lambda: 1)()", "a function is called"),
        ("x = y = Client().session\nclass Other: ...", "Client() is called"),
        ("assert check()\ndef check(): ...", "check() is called"),
    ],
)
def test_what_happens_at_import_is_told_with_its_line(text: str, told: str) -> None:
    (found, *_) = findings(text)
    assert told in found.reason
    assert found.line >= 4
    assert "task" in found.remedy


@pytest.mark.parametrize(
    "text",
    [
        "'''A docstring.'''",
        "X = 3\nY: int = -1\nZ = [1, {'a': (2,)}]",
        "import logging\nlog = logging.getLogger(__name__)",
        "from pathlib import Path\nDATA = Path('data').resolve() / 'x.csv'",
        "from pathlib import Path\nHERE = Path(__file__).parent",
        "import os\nHOST = os.environ.get('HOST', 'x')\nPORT = int(os.getenv('PORT', '1'))",
        "import re\nWORD = re.compile('x')",
        "import warnings\nwarnings.filterwarnings('ignore')",
        "from datetime import timedelta\nWEEK = timedelta(days=7)",
        "from prefect import task\n@task(retries=2)\ndef t(): ...\nu = task(name='u')(t)",
        "from pydantic import BaseModel, Field\nclass M(BaseModel):\n    x: int = Field(3)\nDEFAULT = M()",
        "f = lambda: print('later')",
        "def g():\n    print('later')",
        "NAMES = 'a b'.split()\nJOINED = ','.join(['a'])",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas",
        "if __name__ == '__main__':\n    churn()",
    ],
)
def test_what_only_defines_is_not_warned_about(text: str) -> None:
    assert findings(text) == []


def test_a_line_is_told_once() -> None:
    assert len(findings("print(print(print(1)))")) == 1


def test_a_main_block_is_noted_with_its_line_and_not_warned_about() -> None:
    (found,) = findings("x = 1\nif __name__ == '__main__':\n    print('x')\n", "main-block")
    assert found.line == 5
    assert findings("if __name__ == '__main__':\n    print('x')\nelse:\n    print('y')\n")[0].line == 7


def test_a_file_full_of_effects_is_told_in_few_findings_that_count_the_rest() -> None:
    found = findings("print(1)\n" * 500)
    assert len(found) == 20
    assert found[-1].reason.startswith("481 more lines")
