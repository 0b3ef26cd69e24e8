"""The nightly refresh of the organisers' SumUp connections."""

from datetime import datetime

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.sumup import tokens
from ticketing.flows.refresh_connections import RefreshConnections


@once
def refresh_connections(services: Services) -> RefreshConnections:
    """Return the flow; SumUp's secret has to exist only once a token is used."""

    def keep(organiser_id: str, now: datetime) -> bool:
        return tokens(services).keep(organiser_id, now)

    return RefreshConnections(
        organisers=OrganiserTable(),
        keep=keep,
        notifier=services.notifier,
    )
