"""Named SQL."""

from importlib.resources import files

import pytest

from daemon.blackboard.queries import load_queries

FILES = sorted(
    entry.name.removesuffix(".sql")
    for entry in (files("daemon.blackboard") / "sql").iterdir()
    if entry.name.endswith(".sql") and entry.name != "schema.sql"
)


@pytest.mark.parametrize("file", FILES)
def test_every_query_has_a_name_of_its_own_and_a_body(file: str) -> None:
    queries = load_queries(file)
    assert queries
    assert all(body and not body.endswith(";") and "--" not in body for body in queries.values())


@pytest.mark.parametrize("file", FILES)
def test_every_query_says_what_it_does(file: str) -> None:
    text = (files("daemon.blackboard") / "sql" / f"{file}.sql").read_text("utf-8")
    for block in text.split("-- name:")[1:]:
        assert block.split("\n")[1].startswith("-- "), block.split("\n")[0]


def test_a_file_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        load_queries("nothing")
