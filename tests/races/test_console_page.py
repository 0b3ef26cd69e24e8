"""Every statement of docs/dynamodb-console.md, asked of engines whose PartiQL is DynamoDB's."""

import pytest

from tests.support.aws import World, client
from tests.support.console import Question, answered, questions, seed


@pytest.mark.parametrize("question", questions(), ids=lambda q: q.title)
def test_the_query_finds_what_the_page_shows(world: World, question: Question) -> None:
    seed()

    found = client("dynamodb").execute_statement(Statement=question.statement(world.ref))["Items"]

    assert answered(question.columns, found) == sorted(question.rows)
