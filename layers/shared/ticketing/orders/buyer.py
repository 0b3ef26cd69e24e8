"""Recognise the addresses of one person, however they were typed. Pure."""


def folded(address: str) -> str:
    """Return an address in the form that all its spellings share: capitals make no difference."""
    return address.strip().lower()


def mailbox(address: str) -> str:
    """Return an address in the form that all addresses of a mailbox share: without its `+tag`.

    For counting only. Not every mail server knows tags, so mails go to the address as typed.
    """
    local_part, _, domain = folded(address).rpartition("@")
    return f"{local_part.partition('+')[0] or local_part}@{domain}"
