"""The shop's pages, `site/`, as the web sees them: names, types, caching, security headers.

CloudFront serves them on AWS and `local.origin` on this machine; both take all this from here or
from `template.yaml`, so that a page that works in one place works in the other.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from local.places import ROOT, LocalStackError

SITE = ROOT / "site"
TEMPLATE = ROOT / "template.yaml"
NOT_FOUND = "404.html"
DOOR = "/door/"
"""Where the door's page is, with headers of its own."""
IMPORTED = ("pictures/", "e/", "sitemap.xml", "robots.txt")
"""What imports of events put beside the site's files, in the bucket alone."""

CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}
# No build step gives names to versions of a file. So browsers ask each time whether theirs is the
# latest one, and CloudFront, which each deployment invalidates, answers without the bucket.
ASK_EACH_TIME = "public, max-age=0, s-maxage=86400, must-revalidate"
KEEP_A_DAY = "public, max-age=86400"
MAY_BE_OLD = {".ico", ".jpg", ".png", ".webp", ".woff2"}


def key_of(path: str) -> str:
    """Name the file of a URL's path, as the function SiteFolders in the template does."""
    folder, _, last = path.rpartition("/")
    if not last:
        last = "index.html"
    elif "." not in last:
        last += "/index.html"
    return f"{folder}/{last}".lstrip("/")


def content_type(name: str) -> str:
    """Give the content type of a file; raises for a suffix that is not listed."""
    suffix = PurePosixPath(name).suffix
    if suffix not in CONTENT_TYPES:
        raise LocalStackError(f"site/{name}: add the content type of {suffix!r} to local/site.py")
    return CONTENT_TYPES[suffix]


def cache_control(name: str) -> str:
    """Say how long browsers and CloudFront may keep a file."""
    return KEEP_A_DAY if PurePosixPath(name).suffix in MAY_BE_OLD else ASK_EACH_TIME


def files(site: Path = SITE) -> list[str]:
    """Name all files of the site, pages last: whatever a page asks for is there before it."""
    found = (path for path in site.rglob("*") if path.is_file())
    names = [path.relative_to(site).as_posix() for path in found]
    shown = [name for name in names if not any(p.startswith(".") for p in name.split("/"))]
    return sorted(shown, key=lambda name: (name.endswith(".html"), name))


class _Loader(yaml.SafeLoader):
    """Reads `!Ref x` as `{"Ref": "x"}`, and every other short form likewise."""


def _short_form(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: node.value}


_Loader.add_multi_constructor("!", _short_form)


@cache
def template() -> dict[str, Any]:
    """Read the template, with short forms such as `!Ref x` as `{"Ref": "x"}`."""
    found: dict[str, Any] = yaml.load(TEMPLATE.read_text(), _Loader)  # noqa: S506 - a SafeLoader
    return found


def security_headers(chosen: Mapping[str, str] | None = None, path: str = "/") -> dict[str, str]:
    """Give the headers that the template adds to the answer for a path.

    `chosen` are parameters of the stack; the others have the template's defaults.
    """
    defaults = {n: str(p.get("Default", "")) for n, p in template()["Parameters"].items()}
    added = "DoorHeaders" if path.startswith(DOOR) else "SiteHeaders"
    properties = template()["Resources"][added]["Properties"]
    policy = _resolved(properties["ResponseHeadersPolicyConfig"], defaults | dict(chosen or {}))
    return dict(_headers(policy["SecurityHeadersConfig"], policy["CustomHeadersConfig"]["Items"]))


def _resolved(value: Any, parameters: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of the template
    """Do what CloudFormation does with those of its functions that the headers need."""
    match value:
        case {"If": [condition, then, otherwise]}:
            holds = _resolved(template()["Conditions"][condition], parameters)
            return _resolved(then if holds else otherwise, parameters)
        case {"Equals": [one, other]}:
            return _resolved(one, parameters) == _resolved(other, parameters)
        case {"Ref": name}:
            return parameters[name]
        case {"Sub": text}:
            return re.sub(r"\$\{(\w+)\}", lambda found: parameters[found[1]], text)
        case dict():
            return {key: _resolved(part, parameters) for key, part in value.items()}
        case list():
            return [_resolved(part, parameters) for part in value]
    return value


def _headers(config: dict[str, Any], custom: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    seconds = config["StrictTransportSecurity"]["AccessControlMaxAgeSec"]
    yield "Strict-Transport-Security", f"max-age={seconds}"
    yield "X-Content-Type-Options", "nosniff"
    yield "X-Frame-Options", config["FrameOptions"]["FrameOption"]
    yield "Referrer-Policy", config["ReferrerPolicy"]["ReferrerPolicy"]
    yield "Content-Security-Policy", config["ContentSecurityPolicy"]["ContentSecurityPolicy"]
    for item in custom:
        yield item["Header"], item["Value"]
