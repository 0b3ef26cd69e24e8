"""The deployed stack as a command uses it: with its tables and its flows."""

from ticketing import settings
from ticketing.adapters.aws.deployed_stack import DeployedStack
from ticketing.adapters.dynamodb import models
from ticketing.bootstrap import Services
from ticketing.errors import TicketingError


class Stack(DeployedStack):
    """A stack whose tables and flows a command can use."""

    @property
    def is_local(self) -> bool:
        return self.setting("STAGE") == settings.LOCAL

    def bind(self, *keys: str) -> None:
        """Bind the models of these tables to the stack's tables."""
        names = {key: self.outputs[_logical_id(key)] for key in keys}
        models.bind(names, self.region)

    def services(self) -> Services:
        """Return the adapters that functions use; the audit trail names the command's caller."""
        read = settings.read({**self.variables(), "AWS_REGION": self.region})
        return Services(read, by=self.caller)

    def output(self, name: str) -> str:
        if name not in self.outputs:
            raise TicketingError(f"the stack has no output {name}; deploy this version of it")
        return self.outputs[name]

    def arn_of(self, function: str) -> str:
        functions = self.session.client("lambda")
        found = functions.get_function_configuration(FunctionName=self.output(function))
        return found["FunctionArn"]


def _logical_id(key: str) -> str:
    return "".join(word.capitalize() for word in key.split("_"))
