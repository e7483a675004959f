"""Each guarantee that is taken away on purpose is still given where the mutation looks for it."""

import py_compile
from dataclasses import replace
from pathlib import Path

import pytest

from demo.services.product import CHECKOUT
from tests.chaos import mutations, scenarios


@pytest.mark.parametrize("mutation", mutations.ALL, ids=lambda one: str(one.name))
def test_a_mutation_fits_the_product_as_it_is_and_names_a_scenario(
    mutation: mutations.Mutation, tmp_path: Path
) -> None:
    text = mutations.mutated(mutation, (CHECKOUT / mutation.file).read_text("utf-8"))
    changed = tmp_path / "changed.py"
    changed.write_text(text, "utf-8")
    py_compile.compile(str(changed), doraise=True)
    assert [one.name for one in scenarios.named(mutation.scenario)] == [mutation.scenario]


def test_a_mutation_that_fits_no_more_is_refused() -> None:
    gone = replace(mutations.ALL[0], before="what nobody wrote")
    with pytest.raises(mutations.NotFound, match="what nobody wrote"):
        mutations.mutated(gone, "text")


def test_a_copy_differs_from_the_checkout_in_one_file(tmp_path: Path) -> None:
    mutation = mutations.ALL[0]
    copy = mutations.copy_with(mutation.name, tmp_path)
    differing = [
        file.relative_to(copy)
        for file in copy.rglob("*.py")
        if file.read_bytes() != (CHECKOUT / file.relative_to(copy)).read_bytes()
    ]
    assert differing == [Path(mutation.file)]
