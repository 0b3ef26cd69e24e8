"""The connection of an organiser to SumUp."""

from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.sumup import sumup
from ticketing.flows.connect_organiser import ConnectOrganiser


@once
def connect_organiser(services: Services) -> ConnectOrganiser:
    return ConnectOrganiser(
        sign_ins=Invitations(),
        organisers=OrganiserTable(),
        cipher=services.cipher,
        sumup=sumup(services),
        notifier=services.storing_notifier,
        public_url=services.settings.public_url,
    )
