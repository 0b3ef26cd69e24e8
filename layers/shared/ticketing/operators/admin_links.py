"""What administrators open and type: links to the console, and commands to copy."""

from dataclasses import dataclass
from shlex import quote as quote_for_shell
from urllib.parse import quote

CLONE = "docs"


@dataclass(frozen=True)
class AdminLinks:
    """Links to the orders table in the DynamoDB console and to the docs, and commands to copy.

    `docs` is where the pages of docs/ are: a URL, or the folder in a clone. A local stack has no
    console, so its links to orders are the commands that show them.
    """

    region: str
    orders_table: str
    stack: str
    docs: str = CLONE
    is_local: bool = False

    @property
    def orders(self) -> str:
        if self.is_local:
            return self.command("orders")
        return f"{self._home}#item-explorer?table={quote(self.orders_table, safe='')}"

    def order(self, order_number: str) -> str:
        if self.is_local:
            return self.command("status", order_number)
        table, key = quote(self.orders_table, safe=""), quote(order_number, safe="")
        return f"{self._home}#edit-item?itemMode=2&table={table}&pk={key}&sk="

    def page(self, name: str) -> str:
        """Return the URL or path of a page such as `docs/runbooks/mails.md#email-bounced`."""
        return f"{self.docs.rstrip('/')}/{name.removeprefix(f'{CLONE}/')}"

    def command(self, *arguments: str) -> str:
        """Return a command of ours that can be copied into a shell."""
        typed = " ".join(map(quote_for_shell, arguments))
        return f"AWS_REGION={self.region} python -m ticketing {typed} --stack {self.stack}"

    @property
    def _home(self) -> str:
        host = f"https://{self.region}.console.aws.amazon.com"
        return f"{host}/dynamodbv2/home?region={self.region}"
