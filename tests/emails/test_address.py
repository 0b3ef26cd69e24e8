import pytest

from ticketing.emails.address import mentions, single_address
from ticketing.errors import InvalidAddress

GOOD = {
    "jane@example.com": "jane@example.com",
    "  jane@example.com ": "jane@example.com",
    "Jane.Doe+tickets@Example.COM": "Jane.Doe+tickets@example.com",
    "o'brien@example.co.uk": "o'brien@example.co.uk",
    "a_b-c/d=e{f}@sub.example.org": "a_b-c/d=e{f}@sub.example.org",
    "j@x1.je": "j@x1.je",
    "jane@bücher.example": "jane@xn--bcher-kva.example",
    "jane@straße.example": "jane@xn--strae-oqa.example",
    "jane@例え.jp": "jane@xn--r8jz45g.jp",
    "jane@xn--bcher-kva.example": "jane@xn--bcher-kva.example",
    "jane@example.xn--p1ai": "jane@example.xn--p1ai",
    "x" * 64 + "@example.com": "x" * 64 + "@example.com",
}
BAD = (
    "",
    " ",
    "jane",
    "@",
    "@example.com",
    "jane@",
    "jane@example",
    "jane@localhost",
    "jane@127.0.0.1",
    "jane@[127.0.0.1]",
    "jane@example.123",
    "jane@-example.com",
    "jane@example-.com",
    "jane@exam_ple.com",
    "jane@example..com",
    "jane@.example.com",
    "jane@example.com.",
    ".jane@example.com",
    "jane.@example.com",
    "ja..ne@example.com",
    "jane doe@example.com",
    "jane@exam ple.com",
    "jane@example.com, joe@example.com",
    "jane@example.com;joe@example.com",
    "jane@example.com joe@example.com",
    "jane@joe@example.com",
    "Jane <jane@example.com>",
    "<jane@example.com>",
    '"jane"@example.com',
    '"jane, joe"@example.com',
    "jane(comment)@example.com",
    "friends:jane@example.com;",
    "jane@example.com\n",
    "jane@example.com\r\nBcc: joe@example.com",
    "jane\n@example.com",
    "jane@example.com\x00",
    "jane\t@example.com",
    "jané@example.com",
    "jane@☃.example",
    "jane@exa\u202emple.com",
    "jane\uff20example.com",
    "jane@\ud800.com",
    "x" * 65 + "@example.com",
    "x@" + "y" * 64 + ".com",
    "x" * 60 + "@" + ".".join(["y" * 60] * 4) + ".com",
    "=?utf-8?q?jane=40example.com?= @example.com",
)


@pytest.mark.parametrize(("text", "address"), GOOD.items())
def test_a_single_address_is_accepted(text: str, address: str) -> None:
    assert single_address(text) == address


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_refused_and_not_quoted(text: str) -> None:
    with pytest.raises(InvalidAddress) as refused:
        single_address(text)

    assert "jane" not in str(refused.value)


MENTIONED = (
    "jane@example.com",
    "Customer: Jane@Example.com\nCustomer Name: Jane Doe",
    "to jane@example.com did not arrive.",
    "of one buyer (jane@example.com) needed",
    "created 2024-01-15 14:30, email jane@example.com",
    "write to jane@example.com.",
)
NOT_MENTIONED = (
    "",
    "mary-jane@example.com",
    "mary.jane@example.com",
    "o'jane@example.com",
    "jane@example.com.au",
    "jane@example.community",
    "jane@example.com-munity.org",
    "jane at example.com",
)


@pytest.mark.parametrize("text", MENTIONED)
def test_an_address_is_found_in_a_text(text: str) -> None:
    assert mentions(text, "jane@example.com")


@pytest.mark.parametrize("text", NOT_MENTIONED)
def test_part_of_a_longer_address_does_not_match(text: str) -> None:
    assert not mentions(text, "jane@example.com")
