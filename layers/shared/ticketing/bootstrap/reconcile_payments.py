"""The nightly reconciliation with SumUp's statements."""

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.payments import PaymentTable
from ticketing.adapters.sumup.account_gateway import AccountGateway
from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.sumup import sumup, tokens
from ticketing.flows.read_statement import ReadStatement
from ticketing.flows.reconcile_day import ReconcileDay
from ticketing.flows.reconcile_payments import ReconcilePayments
from ticketing.invocation import clock
from ticketing.reconciliation.consequences import Policies, Policy


@once
def reconcile_payments(services: Services) -> ReconcilePayments:
    """Return the flow; if a secret is missing, the operators get an alert as well."""
    with services.alerting_if_incomplete():
        account = AccountGateway(sumup(services), tokens(services), clock)
    settings = services.settings
    return ReconcilePayments(
        organisers=OrganiserTable(),
        reconcile_day=ReconcileDay(
            read=ReadStatement(account, PaymentTable(), services.orders),
            orders=services.orders,
            archive=services.archive,
            policies=Policies(Policy(settings.after_refund), Policy(settings.after_chargeback)),
            notifier=services.notifier,
        ),
        notifier=services.notifier,
    )
