"""The pages in docs/ name things that exist, and leave nothing out that they promise to list."""

import ast
import inspect
import io
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.support.builders import NOW, a_brand, a_console, a_record, an_order
from tests.support.runbooks import RUNBOOKS, anchors, sections
from tests.support.watch import alarms
from ticketing.audit.order_snapshot import Rule
from ticketing.cli.arguments import command_line
from ticketing.flows import poll
from ticketing.operators import alerts
from ticketing.operators.alert_kinds import REVIEWS, AlertKind
from ticketing.operators.alerts import Alert
from ticketing.operators.review_patterns import Repetition
from ticketing.orders.order import OrderStatus
from ticketing.orders.reason import Reason
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import Merchant

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "layers" / "shared" / "ticketing"
DOCS = ROOT / "docs"
DESIGN = DOCS / "design"
TEMPLATES = ("template.yaml", "watch.yaml", "firewall.yaml")
FROM_DJANGO = DOCS / "from-the-django-system.md"
PAGES = sorted([*DOCS.rglob("*.md"), *ROOT.glob("*.md")])
TYPED = DOCS / "rehearsal.md"
"""Its commands are typed for real: `make rehearsal`."""
MADE_HERE = {"build/faults.html", "build/gallery/index.html", "local/env.json"}
OURS = {"docs", "events", "functions", "layers", "local", "tests"}

FENCE = re.compile(r"^ *```.*?^ *```", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
OLD_NAMES = {"pending", "stuck", "attention", "verify", "replay"}
FACT = "ORD-ABC123"
"""Stands for what a text says of the moment."""
NAMES = set(command_line().ungrouped.choices)
CELL = re.compile(r"(?<!\\)\|")
PATH = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?")
FILE_TYPE = re.compile(r"\.(py|md|yaml|toml|html|txt|json|ttf)$")
DOTTED = re.compile(r"ticketing(\.\w+)+")
ATTRIBUTE = re.compile(r"([A-Z]\w+)\.(\w+)")
CALL = re.compile(r"(\w+)\(\)")
NAME = re.compile(r"[A-Za-z_]\w+")
SEVERAL_WORDS = re.compile(r"_|[a-z][A-Z]")
SETTING = re.compile(r"[A-Za-z]+: \w+")
TARGET = re.compile(r"\bmake ([a-z][a-z0-9-]*)")
TARGET_IN_BLOCK = re.compile(r"^ *(?:[A-Z_]+=\S+ )?make ([a-z][a-z0-9-]*)", re.MULTILINE)

OUR_COMMAND = re.compile(r"python -m ticketing ([^\n]*)")
MAKE = re.compile(r"^ *make ([a-zA-Z][^\n]*)", re.MULTILINE)

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_doc = pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)


@every_page
def test_every_path_in_the_docs_exists(page: Path) -> None:
    paths = {text for text in spans(page) if is_path(text)}

    assert [text for text in sorted(paths) if not exists(text)] == []


@every_page
def test_every_code_name_in_the_docs_exists(page: Path) -> None:
    assert [text for text in sorted(spans(page)) if not is_known(text)] == []


@every_page
def test_make_targets_exist(page: Path) -> None:
    blocks = "\n".join(FENCE.findall(page.read_text()))
    named = {t for text in spans(page) for t in TARGET.findall(text)}
    targets = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert (named | set(TARGET_IN_BLOCK.findall(blocks))) - targets == set()


@every_doc
def test_no_table_has_an_empty_cell(page: Path) -> None:
    assert [line for line, cells in rows(page) if not all(map(str.strip, cells))] == []


@every_page
def test_all_rows_of_a_table_have_the_same_number_of_cells(page: Path) -> None:
    for table in tables(page):
        assert len({len(cells) for _, cells in table}) == 1, table[0][0]


@every_page
def test_relative_links_resolve(page: Path) -> None:
    links = [link for link in LINK.findall(page.read_text()) if "://" not in link]

    assert [link for link in links if not resolves(page, link)] == []


@pytest.mark.parametrize("kind", list(AlertKind))
def test_every_alert_is_in_the_overview(kind: AlertKind) -> None:
    titles = (kind.title, f"3 Orders {kind.title}")

    assert any(f"| {title} |" in (DOCS / "operating.md").read_text() for title in titles)


def test_every_alert_except_reviews_has_an_example() -> None:
    shown = {alert.kind for alert in every_alert()}

    assert shown | {review.kind for review in REVIEWS.values()} == set(AlertKind)


def test_alerts_and_alarms_correspond_to_sections() -> None:
    named = [kind.runbook for kind in AlertKind]
    from_alarms = {alarm["AlarmDescription"].split()[-1] for alarm in alarms().values()}

    assert len(named) == len(set(named))
    assert {*named} | from_alarms == set(sections())


def test_the_list_of_runbooks_is_complete() -> None:
    listed = LINK.findall((RUNBOOKS / "README.md").read_text())

    assert {link for link in listed if "#" in link} == {
        name.removeprefix("docs/runbooks/") for name in sections()
    }
    assert {link.partition("#")[0] for link in listed} == {
        page.name for page in RUNBOOKS.glob("*.md")
    } - {"README.md"}


@pytest.mark.parametrize("name", sections())
def test_a_runbook_answers_five_questions(name: str) -> None:
    """A question with one answer for all sections is answered at the top of the page."""
    answered = re.findall(r"^\*\*([^*]+)\*\*", sections()[name], re.MULTILINE)

    assert sorted(answered) == ["Check.", "Do.", "Over when", "Risk.", "What it means."]


@pytest.mark.parametrize("page", [p for p in PAGES if p != TYPED], ids=lambda page: page.name)
def test_commands_in_code_blocks_are_valid(page: Path) -> None:
    blocks = "\n".join(FENCE.findall(page.read_text()))

    for line in OUR_COMMAND.findall(blocks):
        assert is_complete(words := shlex.split(line, comments=True)), line
        assert words[0] not in OLD_NAMES, line
    for span in spans(page):
        for line in OUR_COMMAND.findall(span):
            words = shlex.split(line)
            assert is_complete(words) or is_begun(words), line
            assert words[0] not in OLD_NAMES, line


def test_commands_in_alerts_are_valid() -> None:
    for told in every_alert():
        for line in OUR_COMMAND.findall(told.body.replace("`", "\n")):
            assert is_complete(shlex.split(line)), line


def test_commands_in_what_our_code_says_exist() -> None:
    """Errors, advice of the doctor, lists: typed in full, or named; never by an old name."""
    ours = [*PACKAGE.rglob("*.py"), *(ROOT / "local").rglob("*.py")]
    told = {(path, text) for path in ours for text in texts(path)}
    named = {(path, span) for path, text in told for span in CODE.findall(text)}
    commands = {(path, span) for path, span in named if span.split()[0] in NAMES}
    assert len(commands) > 10

    for path, span in commands:
        words = shlex.split(span)
        about_queue = ["verify" if word == FACT else word for word in words]
        assert any(map(is_complete, (words, about_queue))) or is_begun(words), (path, span)
        assert words[0] not in OLD_NAMES, (path, span)
    for path, text in told:
        for line in OUR_COMMAND.findall(text.replace("`", "\n")):
            if line.startswith(FACT):
                continue  # the whole command comes from elsewhere
            assert is_complete(shlex.split(line.strip("`."))), (path, line)


def texts(path: Path) -> Iterator[str]:
    """Yield what a module's strings say, without docstrings; words stand in for the facts."""
    tree = ast.parse(path.read_text())
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    silent = {
        node.body[0].value
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for joined in ast.walk(tree):
        silent |= set(joined.values) if isinstance(joined, ast.JoinedStr) else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in silent:
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                str(part.value) if isinstance(part, ast.Constant) else FACT for part in node.values
            )


def test_an_invalid_command_would_be_detected() -> None:
    for words in (
        ["refnud"],
        ["poll", "--loud"],
        ["organisers", "look", "--size", "4"],
        ["resend"],
    ):
        assert not is_complete(words)
        assert is_begun(words) == (words == ["resend"])


def test_make_commands_in_the_docs_are_valid() -> None:
    """With the given variables, as a dry run."""
    blocks = "\n".join(block for page in PAGES for block in FENCE.findall(page.read_text()))
    told = {line for page in PAGES for span in spans(page) for line in MAKE.findall(span)}
    told |= set(MAKE.findall(blocks))
    assert told

    for line in sorted(told):
        words = shlex.split(line, comments=True)
        asked = ["make", "--dry-run", *words]
        done = subprocess.run(asked, cwd=ROOT, check=False, capture_output=True, text=True)  # noqa: S603 - words of our own pages
        assert done.returncode == 0, (line, done.stderr)


def test_this_module_covers_every_kind_of_alert() -> None:
    makers = inspect.getmembers(alerts, inspect.isfunction)
    made = {name for name, maker in makers if maker.__annotations__.get("return") is Alert}

    assert {name for name in made if not name.startswith("_")} == set(ALERTS)


@pytest.mark.parametrize("rule", list(Rule))
def test_every_rule_of_the_audit_is_explained(rule: Rule) -> None:
    assert f"`{rule}`" in (DOCS / "operating.md").read_text()


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_explained(reason: Reason) -> None:
    assert f"`{reason}`" in (DESIGN / "sumup-answers.md").read_text()


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_state_is_explained(status: OrderStatus) -> None:
    assert f"| `{status}` |" in (DESIGN / "order-states.md").read_text()


@pytest.mark.parametrize("outcome", list(poll.Outcome))
def test_every_label_of_the_report_is_documented(outcome: poll.Outcome) -> None:
    assert str(outcome) in FROM_DJANGO.read_text()


def test_every_template_parameter_is_on_the_deployment_page() -> None:
    shown = (DOCS / "deploying.md").read_text()

    assert [name for name in parameters() if f"| `{name}` |" not in shown] == []


@pytest.mark.parametrize(
    "wrong",
    ["flows/none.py", "OrderTable.none", "none()", "ticketing.orders.none", "NoSuchParameter",
     "no_such_field", "Timeout: 1"],
)  # fmt: skip
def test_a_wrong_name_would_be_detected(wrong: str) -> None:
    assert not (exists(wrong) if is_path(wrong) else is_known(wrong))


PROMISES = re.compile(
    r"\b(not (yet )?built|not yet|unbuilt|planned|will be built)\b", re.IGNORECASE
)


def test_the_page_about_the_django_system_promises_nothing() -> None:
    """What its rows name is followed above; this is about what they say of it."""
    rows = [line for line in FROM_DJANGO.read_text().splitlines() if line.startswith("| ")]

    assert len(rows) > 200
    assert [row for row in rows if PROMISES.search(row)] == []
    answers = [CELL.split(row)[2].strip() for row in rows]
    assert [answer for answer in answers if not answer] == []


# ---------------------------------------------------------------------------- commands


def is_complete(words: list[str]) -> bool:
    """Tell whether our command line takes this as it is."""
    try:
        with redirect_stderr(io.StringIO()):
            command_line().parse_args(words)
    except SystemExit:
        return False
    return True


def is_begun(words: list[str]) -> bool:
    """Tell whether this is a command of ours that only lacks what it is about."""
    shown = io.StringIO()
    try:
        with redirect_stdout(shown), redirect_stderr(io.StringIO()):
            command_line().parse_args([*words, "--help"])
    except SystemExit as ended:
        options = {word for word in words if word.startswith("--")}
        known = set(re.findall(r"--[a-z-]+", shown.getvalue()))
        return ended.code == 0 and options <= known
    return False


# ------------------------------------------------------------------------------ alerts


def _a_decision() -> Decision:
    return Decision(
        Action.REVIEW, Reason.AMOUNT, "In words.", record=a_record(), expected="1", received="2"
    )


def _two_orders() -> Repetition:
    return Repetition("buyer", "jane@example.com", ("ORD-ABC123", "ORD-DEF456"))


def _an_organiser() -> Organiser:
    connected = Connection.CONNECTED
    return Organiser("jersey-live", "MC0001", connected, False, 1, None, None, None)  # noqa: FBT003  # no sandbox


def _a_merchant() -> Merchant:
    return Merchant("MC0001", "Jersey Live Ltd", "GBP", sandbox=False)


ALERTS: dict[str, Callable[[], list[Alert]]] = {
    "stuck_orders": lambda: [
        alerts.stuck_orders([an_order()] * 3, 30, NOW, a_brand(), a_console()),
    ],
    "needs_review": lambda: [alerts.needs_review(an_order(), _a_decision(), a_console())],
    "second_payment": lambda: [alerts.second_payment(an_order(), _a_decision(), a_console())],
    "repeated_reviews": lambda: [alerts.repeated_reviews(_two_orders(), NOW, a_console())],
    "expired": lambda: [
        alerts.expired(an_order(), replace(_a_decision(), closes_as=status), a_console())
        for status in (OrderStatus.EXPIRED, OrderStatus.FAILED)
    ],
    "cannot_be_checked": lambda: [
        alerts.cannot_be_checked(an_order(), _a_decision(), a_brand(), a_console()),
    ],
    "organiser_trouble": lambda: [
        alerts.organiser_trouble(an_order(), _a_decision(), NOW, a_console()),
    ],
    "connection_ends": lambda: [alerts.connection_ends(_an_organiser(), "w", NOW, a_console())],
    "connection_ended": lambda: [alerts.connection_ended(_an_organiser(), "w", NOW, a_console())],
    "account_connected": lambda: [
        alerts.account_connected(_an_organiser(), _a_merchant(), NOW, a_brand(), a_console())
    ],
    "sending_stopped": lambda: [alerts.sending_stopped("why", NOW, a_console())],
    "client_refused": lambda: [alerts.client_refused("why", NOW, a_console())],
    "incomplete_configuration": lambda: [alerts.incomplete_configuration("why", NOW, a_console())],
    "unreadable_order": lambda: [alerts.unreadable_order("ORD-ABC123", "why", a_console())],
    "mail_bounced": lambda: [
        alerts.mail_bounced("ORD-1#x#1", "jane@example.com", "ORD-ABC123", "why", a_console())
    ],
    "mail_unwanted": lambda: [
        alerts.mail_unwanted("ORD-1#x#1", "jane@example.com", "ORD-ABC123", "why", a_console())
    ],
    "plain_tickets": lambda: [alerts.plain_tickets(an_order(), "why", NOW, a_console())],
    "money_findings": lambda: [
        alerts.money_findings(["one"], 2, "2026-06-01", "2026-06-02-1", a_console())
    ],
    "account_unknown": lambda: [
        alerts.account_unknown("jersey-live", "2026-06-01", "why", NOW, a_console())
    ],
    "reconciled": lambda: [
        alerts.reconciled(["sums"], found, ["left"], "2026-06-01", "2026-06-02-1", a_console())
        for found in (0, 1)
    ],
    "orders_abandoned": lambda: [alerts.orders_abandoned(12, 31, NOW, a_console())],
    "broken_rules": lambda: [alerts.broken_rules(["rule: words"], 2, NOW, a_console())],
    "mail_failed": lambda: [alerts.mail_failed("ORD-1#x#1", "ORD-ABC123", "why", a_console())],
}
"""An example of each alert, by the function that makes it."""


def every_alert() -> Iterator[Alert]:
    """Yield an example of every alert there is."""
    for examples in ALERTS.values():
        yield from examples()


# ------------------------------------------------------------------------ reading pages


def rows(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield each line of a table with its cells, the line under the head left out."""
    for line in FENCE.sub("", page.read_text()).splitlines():
        if line.startswith("|") and not set(line) <= set("|-: "):
            yield line, CELL.split(line.strip())[1:-1]


def tables(page: Path) -> Iterator[list[tuple[str, list[str]]]]:
    """Yield the rows of one table after the other."""
    for block in re.split(r"\n\s*\n", FENCE.sub("", page.read_text())):
        found = [
            (line, CELL.split(line.strip())[1:-1])
            for line in block.splitlines()
            if line.startswith("|")
        ]
        if found:
            yield found


def spans(page: Path) -> set[str]:
    """Return what stands in backticks; the left column about the previous system is its own."""
    text = FENCE.sub("", page.read_text())
    if page == FROM_DJANGO:
        text = re.sub(r"^\|.*?(?<!\\)\|", "|", text, flags=re.MULTILINE)
    return {span.replace("\\|", "|") for span in CODE.findall(text)}


def resolves(page: Path, link: str) -> bool:
    """Tell whether a link leads to a file, and to a heading in it if it names one."""
    name, _, heading = link.partition("#")
    target = page.parent / name if name else page
    return target.exists() and (not heading or heading in anchors(target))


def is_path(text: str) -> bool:
    """Tell whether this can only be meant as a path in this repository."""
    if not PATH.fullmatch(text):
        return False
    return bool(FILE_TYPE.search(text)) or ("/" in text and text.partition("/")[0] in OURS)


def exists(path: str) -> bool:
    """Tell whether the path is there, from the top or inside the package."""
    return path in MADE_HERE or (ROOT / path).exists() or (PACKAGE / path).exists()


# ------------------------------------------------------------------------- reading code


def is_known(text: str) -> bool:
    """Tell whether a name exists; what cannot be one of ours counts as known."""
    if DOTTED.fullmatch(text):
        return is_importable(text)
    if found := ATTRIBUTE.fullmatch(text):
        return not is_path(text) and found[2] in classes().get(found[1], set())
    if found := CALL.fullmatch(text):
        return found[1] in functions()
    if SETTING.fullmatch(text) and text.partition(":")[0] in words():
        templates = "".join((ROOT / name).read_text() for name in TEMPLATES)
        return re.search(rf"\b{re.escape(text)}\b", templates) is not None
    if NAME.fullmatch(text) and SEVERAL_WORDS.search(text):
        return text in words()
    return True


def is_importable(dotted: str) -> bool:
    """Tell whether `ticketing.a.b` is a module, or a name at the top of one."""
    parts = dotted.split(".")[1:]
    place = PACKAGE.joinpath(*parts)
    if place.is_dir() or place.with_suffix(".py").is_file():
        return True
    module = PACKAGE.joinpath(*parts[:-1]).with_suffix(".py")
    return module.is_file() and parts[-1] in top_names(module)


@cache
def sources() -> dict[Path, ast.Module]:
    """Return our own code, parsed."""
    files = [
        p for top in ("layers/shared", "functions", "local") for p in (ROOT / top).rglob("*.py")
    ]
    return {path: ast.parse(path.read_text()) for path in files}


@cache
def classes() -> dict[str, set[str]]:
    """Return the attributes and methods of each class; those of equal name are taken together."""
    found: dict[str, set[str]] = {}
    for tree in sources().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found.setdefault(node.name, set()).update(members(node))
    return found


def members(of: ast.ClassDef | ast.Module) -> Iterator[str]:
    """Yield what a class or module defines in its own body."""
    for node in of.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.Assign):
            yield from (t.id for t in node.targets if isinstance(t, ast.Name))


def top_names(module: Path) -> set[str]:
    """Return what a module defines at its top."""
    return set(members(ast.parse(module.read_text())))


@cache
def functions() -> set[str]:
    """Return the names of all functions and methods."""
    walked = (node for tree in sources().values() for node in ast.walk(tree))
    return {node.name for node in walked if isinstance(node, ast.FunctionDef)}


@cache
def words() -> frozenset[str]:
    """Return every word of our code, of the template, of its settings and of the command lines."""
    texts = [path.read_text() for path in sources()]
    texts += [(ROOT / name).read_text() for name in (*TEMPLATES, "samconfig.toml", "Makefile")]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def parameters() -> list[str]:
    """Return the names of the template's parameters."""
    template = (ROOT / "template.yaml").read_text()
    block = template.partition("\nParameters:\n")[2].partition("\nConditions:\n")[0]
    return re.findall(r"^  (\w+):$", block, re.MULTILINE)
