import pytest

from tools.prefect import tracebacks

SITE = "/srv/pool/.venv/lib/python3.11/site-packages"
RUN = "/tmp/tmpouu9jumfprefect/trainmaster-pgc37nua"

CHAINED = f"""Task run failed with exception: ValueError('no model')
Traceback (most recent call last):
  File "{RUN}/churn.py", line 6, in parse
    return json.loads(text)
           ^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/json/__init__.py", line 346, in loads
    return _default_decoder.decode(s)
           ^^^^^^^^^^^^^^^^^^^^^^^^^^
  File "/usr/lib/python3.11/json/decoder.py", line 337, in decode
    obj, end = self.raw_decode(s)
  [Previous line repeated 7 more times]
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{SITE}/prefect/task_engine.py", line 1027, in run_context
    yield self
  File "{RUN}/churn.py", line 13, in load
    raise ValueError("no model") from exc
ValueError: no model"""

NOT_LOADED = f"""Unexpected exception encountered when trying to load flow
Traceback (most recent call last):
  File "<frozen importlib._bootstrap>", line 241, in _call_with_frames_removed
  File "{RUN}/churn.py", line 4, in <module>
    DATA = open('/data/none.csv').read()
FileNotFoundError: [Errno 2] No such file or directory: '/data/none.csv'

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "{SITE}/prefect/utilities/importtools.py", line 128, in load_script_as_module
    raise ScriptError(user_exc=exc, path=path) from exc
prefect.exceptions.ScriptError: Script at 'churn.py' encountered an exception: FileNotFoundError(2, 'No such file')"""


def test_only_the_persons_frames_stay_and_the_others_are_counted() -> None:
    assert (
        tracebacks.readable(CHAINED)
        == """Task run failed with exception: ValueError('no model')
Traceback (most recent call last):
  File "churn.py", line 6, in parse
    return json.loads(text)
           ^^^^^^^^^^^^^^^^
  … 2 frames inside libraries left out
json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  … 1 frame inside libraries left out
  File "churn.py", line 13, in load
    raise ValueError("no model") from exc
ValueError: no model"""
    )


def test_frames_of_a_group_of_exceptions_are_left_out_too() -> None:
    group = f"""  + Exception Group Traceback (most recent call last):
  |   File "{SITE}/prefect/flow_engine.py", line 1330, in run_context
  |     yield self
  |   File "{RUN}/churn.py", line 23, in churn
  |     raise ExceptionGroup('two', errors)
  | ExceptionGroup: two (2 sub-exceptions)"""
    assert (
        tracebacks.readable(group)
        == """  + Exception Group Traceback (most recent call last):
  |   … 1 frame inside libraries left out
  |   File "churn.py", line 23, in churn
  |     raise ExceptionGroup('two', errors)
  | ExceptionGroup: two (2 sub-exceptions)"""
    )


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{SITE}/sklearn/base.py:12: UserWarning: old", "base.py:12: UserWarning: old"),
        (
            "cannot import 'x' from 'json' (/usr/lib/python3.11/json/__init__.py)",
            "cannot import 'x' from 'json' (json/__init__.py)",
        ),
        (f"No such file: '{RUN}/data/rows.csv'", "No such file: 'data/rows.csv'"),
        (r"C:\Python311\Lib\site-packages\mlflow\client.py:3: note", "client.py:3: note"),
        ("No such file: '/data/rows.csv'", "No such file: '/data/rows.csv'"),
        ("see https://example.org/lib/python3.11/json/", "see https://example.org/lib/python3.11/json/"),
        ("1/2 rows, and/or 3", "1/2 rows, and/or 3"),
    ],
)
def test_a_path_of_the_machine_is_shortened_and_one_of_the_persons_stays(text: str, shown: str) -> None:
    assert tracebacks.readable(text) == shown


def test_a_path_beside_the_persons_own_file_loses_its_folder() -> None:
    text = 'Traceback (most recent call last):\n  File "/opt/flows/a.py", line 1, in f\nOSError: /opt/flows/rows.csv'
    assert tracebacks.readable(text).endswith('File "a.py", line 1, in f\nOSError: rows.csv')


def test_exceptions_are_told_in_the_order_in_which_they_were_raised() -> None:
    assert tracebacks.exceptions(CHAINED) == (
        "json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        "ValueError: no model",
    )
    assert tracebacks.exceptions("no traceback") == ()


def test_an_exception_with_several_lines_is_whole() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nValueError: two:\n- a\n- b\n'
    assert tracebacks.exceptions(text) == ("ValueError: two:\n- a\n- b",)


def test_an_exception_that_prefect_wrapped_is_unwrapped() -> None:
    wrapped = "Script at 'a b.py' encountered an exception: NameError(\"name 'LIMIT' is not defined\")"
    assert tracebacks.unwrapped(wrapped) == "NameError: name 'LIMIT' is not defined"
    assert tracebacks.unwrapped("Script at 'a.py' encountered an exception: OSError(2, 'no')") == "OSError(2, 'no')"
    assert tracebacks.unwrapped("ValueError: x") == "ValueError: x"


def test_the_traceback_of_one_exception_is_shown_once() -> None:
    again = CHAINED.replace("Task run failed", "Flow run failed")
    other = CHAINED.replace("no model", "no rows")
    first, second, third = tracebacks.once([CHAINED, again, other])
    assert (first, third) == (CHAINED, other)
    assert second == "Flow run failed with exception: ValueError('no model') … traceback of the same exception left out"


def test_a_long_traceback_keeps_the_failing_line_and_the_exception() -> None:
    frames = "".join(f'  File "churn.py", line {n}, in step\n    step({n})\n' for n in range(60))
    message = f"It failed\nTraceback (most recent call last):\n{frames}ValueError: no rows\n" + "detail\n" * 300
    shown = tracebacks.fitting(message, 400)
    assert len(shown) < 500
    assert shown.startswith("It failed\n… ")
    assert '  File "churn.py", line 59, in step\n    step(59)\nValueError: no rows' in shown
    assert shown.rstrip().endswith("lines left out …")


def test_a_long_line_keeps_both_ends_and_counts_the_rest() -> None:
    shown = tracebacks.fitting("begin" + "x" * 5_000 + "end", 200)
    assert shown.startswith("begin")
    assert shown.endswith("end")
    assert "4,808 characters left out" in shown


def test_the_file_that_could_not_be_loaded_keeps_its_line() -> None:
    shown = tracebacks.fitting(tracebacks.readable(NOT_LOADED), 300)
    assert "    DATA = open('/data/none.csv').read()\nFileNotFoundError: [Errno 2]" in shown
