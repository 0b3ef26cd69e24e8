"""The signer of tickets, which also knows the public keys that doors check them with."""

from ticketing.bootstrap.shared import Services, once
from ticketing.tickets.qr import QrSigner


@once
def signer(services: Services) -> QrSigner:
    return QrSigner.from_secret(services.secrets.text(services.settings.qr_secret_id))
