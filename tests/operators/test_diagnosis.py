"""What the doctor advises where its words depend on a figure or a state."""

import pytest

from ticketing.operators import diagnosis
from ticketing.operators.diagnosis import State


@pytest.mark.parametrize(
    ("status", "section"),
    [
        ("ROLLBACK_COMPLETE", "If the first deployment fails"),
        ("UPDATE_ROLLBACK_COMPLETE", "Update"),
        ("UPDATE_ROLLBACK_FAILED", "Update"),
    ],
)
def test_a_failed_deployment_has_its_section(status: str, section: str) -> None:
    found = diagnosis.deployment(status)

    assert found.state is State.MISSING
    assert found.advice.endswith(f"'{section}'")


@pytest.mark.parametrize(("limit", "state"), [(10, State.MISSING), (99, State.MISSING),
                                              (100, State.WELL), (1000, State.WELL)])  # fmt: skip
def test_fewer_than_a_hundred_functions_at_once_are_too_few(limit: int, state: State) -> None:
    assert diagnosis.concurrency(limit).state is state


def test_the_sandbox_is_enough_for_dev_only() -> None:
    for stage, state in (("dev", State.WELL), ("prod", State.MISSING), ("local", State.MISSING)):
        (found,) = diagnosis.sending(production=False, enabled=True, status="HEALTHY", stage=stage)
        assert found.state is state, stage


def test_only_dev_does_without_alarms() -> None:
    for stage, state in (("dev", State.WELL), ("prod", State.MISSING)):
        (found,) = diagnosis.alarms({}, stage)
        assert found.state is state, stage


def test_a_paused_account_is_no_sandbox() -> None:
    (found,) = diagnosis.sending(production=False, enabled=False, status="", stage="dev")

    assert found.state is State.MISSING
