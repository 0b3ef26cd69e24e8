"""Whose an address is: what is one person's, however it was typed. Pure."""


def folded(address: str) -> str:
    """Return what all spellings of an address share: capitals make no difference."""
    return address.strip().lower()


def mailbox(address: str) -> str:
    """Return what all addresses of a mailbox share, where `+tags` are thought to lead to it.

    For counting only: not every mail server knows tags, so a mail goes to the address as typed.
    """
    local_part, _, domain = folded(address).rpartition("@")
    return f"{local_part.partition('+')[0] or local_part}@{domain}"
