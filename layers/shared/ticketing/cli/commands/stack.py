"""The deployed stack as a command uses it: with its tables and its flows."""

from ticketing import settings
from ticketing.adapters.aws.deployed_stack import DeployedStack
from ticketing.adapters.dynamodb import models
from ticketing.bootstrap import Services


class Stack(DeployedStack):
    """A stack whose tables and flows a command can use."""

    def bind(self, *keys: str) -> None:
        """Point the models of these tables at the stack's own."""
        names = {key: self.outputs[_logical_id(key)] for key in keys}
        models.bind(names, self.region)

    def services(self) -> Services:
        """Return the flows as the functions have them, writing in the name of who types."""
        read = settings.read({**self.variables(), "AWS_REGION": self.region})
        return Services(read, by=self.caller)


def _logical_id(key: str) -> str:
    return "".join(word.capitalize() for word in key.split("_"))
