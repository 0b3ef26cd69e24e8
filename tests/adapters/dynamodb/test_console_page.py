"""What docs/dynamodb-console.md asks the tables is answered as the page says.

moto's PartiQL compares for equality only, takes every column to be in every index, and has quotes
of its own. Amazon's own DynamoDB Local, on which `make races` asks everything, is right there.
"""

import pytest

from tests.support.aws import World, client, resources
from tests.support.console import Question, answered, questions, seed

QUESTIONS = questions()
MOTO_CAN = [q for q in QUESTIONS if all(c.how == "=" for c in q.said)]
by_title = pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.title)
KEY, TABLE = "what it finds", "the whole table"


@by_title
def test_the_console_form_finds_the_rows_on_the_page(world: World, question: Question) -> None:
    seed()
    call, asked = question.request(world.ref)

    found = getattr(client("dynamodb"), call)(**asked)["Items"]

    assert answered(question.columns, found) == sorted(question.rows)
    assert found, "it shows something"


@pytest.mark.parametrize("question", MOTO_CAN, ids=lambda q: q.title)
def test_the_partiql_statement_finds_the_same_rows(world: World, question: Question) -> None:
    seed()
    columns, rest = question.statement(world.ref).split("\n", 1)
    statement = columns.replace('"', "") + "\n" + rest.replace('"."', ".")

    found = client("dynamodb").execute_statement(Statement=statement)["Items"]

    assert answered(question.columns, found) == sorted(question.rows)


@by_title
def test_the_statement_and_the_form_run_the_same_query(question: Question) -> None:
    source = f'FROM "{question.table}"' + (f'."{question.index}"' if question.index else "")

    assert question.sql.splitlines()[1] == source
    assert sorted(question.said) == sorted((*question.keys, *question.filters))
    asked = question.sql.splitlines()[0].removeprefix("SELECT ").split(", ")
    assert [name.strip('"') for name in asked] == list(question.columns)


@by_title
def test_the_page_says_what_each_query_reads(question: Question) -> None:
    table = resources("AWS::DynamoDB::Table")[question.table]
    schema, columns = table["KeySchema"], None
    if question.index:
        (index,) = [i for i in table["GlobalSecondaryIndexes"] if i["IndexName"] == question.index]
        columns = index["Projection"].get("NonKeyAttributes", [])
        columns = {k["AttributeName"] for k in [*schema, *index["KeySchema"]]} | set(columns)
        if index["Projection"]["ProjectionType"] == "ALL":
            columns = None
        schema = index["KeySchema"]
    partition, *sort = [key["AttributeName"] for key in schema]

    keys = [condition.name for condition in question.keys]
    if question.reads == TABLE:
        assert (keys, question.index) == ([], None)
    else:
        assert keys[0] == partition
        assert set(keys[1:]) <= set(sort)
        is_item = not sort and question.index is None
        assert question.reads == ("one item" if is_item else KEY)
    assert columns is None or set(question.columns) <= columns, "not in the index"


def test_there_is_a_query_for_every_support_question() -> None:
    assert len(QUESTIONS) == len({q.title for q in QUESTIONS}) == 22
