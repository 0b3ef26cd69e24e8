"""The check that a request came through CloudFront."""

from ticketing.bootstrap.shared import Services, once
from ticketing.flows.check_origin import CheckOrigin


@once
def check_origin(services: Services) -> CheckOrigin:
    return CheckOrigin(lambda: services.secrets.values(services.settings.origin_secret_id))
