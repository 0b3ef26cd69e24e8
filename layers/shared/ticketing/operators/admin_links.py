"""Where administrators look, and what they type: links to the console, and commands to copy."""

from dataclasses import dataclass
from shlex import quote as quote_for_shell
from urllib.parse import quote


@dataclass(frozen=True)
class AdminLinks:
    """Links into the orders table in the DynamoDB console, and the commands of one deployment."""

    region: str
    orders_table: str
    stack: str

    @property
    def orders(self) -> str:
        return f"{self._home}#item-explorer?table={quote(self.orders_table, safe='')}"

    def order(self, order_number: str) -> str:
        table, key = quote(self.orders_table, safe=""), quote(order_number, safe="")
        return f"{self._home}#edit-item?itemMode=2&table={table}&pk={key}&sk="

    def command(self, *arguments: str) -> str:
        """Return a command of ours that can be copied into a shell."""
        typed = " ".join(map(quote_for_shell, arguments))
        return f"AWS_REGION={self.region} python -m ticketing {typed} --stack {self.stack}"

    @property
    def _home(self) -> str:
        host = f"https://{self.region}.console.aws.amazon.com"
        return f"{host}/dynamodbv2/home?region={self.region}"
