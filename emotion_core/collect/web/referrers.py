"""The Referer header that browsers send: https://w3c.github.io/webappsec-referrer-policy."""

from collections.abc import Iterable
from dataclasses import dataclass

from emotion_core.collect.urls import parse_url

DEFAULT_POLICY = "strict-origin-when-cross-origin"
_POLICIES = frozenset(
    {
        "no-referrer",
        "no-referrer-when-downgrade",
        "origin",
        "origin-when-cross-origin",
        "same-origin",
        "strict-origin",
        DEFAULT_POLICY,
        "unsafe-url",
    }
)
# Names that meta tags could have before the policies were standardized.
_OLD_NAMES = {
    "never": "no-referrer",
    "default": DEFAULT_POLICY,
    "always": "unsafe-url",
    "origin-when-crossorigin": "origin-when-cross-origin",
}
_MAX_LENGTH = 4096


@dataclass(frozen=True)
class Referrer:
    """The page that a request comes from.

    Attributes:
        url: URL of the page.
        policy: referrer policy of the page; empty for the default.
    """

    url: str
    policy: str = ""

    def header_for(self, url: str) -> str | None:
        """Return the Referer header of a request from this page, or None if none is sent."""
        page, target = parse_url(self.url), parse_url(url)
        policy = self.policy or DEFAULT_POLICY
        if page is None or target is None or policy == "no-referrer":
            return None
        same_origin = page.origin == target.origin
        if page.protocol == "https:" and target.protocol != "https:" and policy not in _SENT_UNENCRYPTED:
            return None
        if policy == "same-origin" and not same_origin:
            return None
        # Without the fragment, and without a user name and password.
        full = f"{page.origin}{page.pathname}{page.search}"
        only_origin = policy in ("origin", "strict-origin") or (policy.endswith("-cross-origin") and not same_origin)
        return f"{page.origin}/" if only_origin or len(full) > _MAX_LENGTH else full


_SENT_UNENCRYPTED = frozenset({"origin", "origin-when-cross-origin", "unsafe-url"})


def policy_of(values: Iterable[str], *, is_meta: bool = False) -> str:
    """Return the referrer policy that headers or a meta tag state: the last known one; empty if there is none.

    Args:
        values: values of the Referrer-Policy headers, or of the ``content`` of a meta tag.
        is_meta: whether the old names count that only meta tags may use.
    """
    names = [name.strip().lower() for value in values for name in value.split(",")]
    known = [_OLD_NAMES.get(name, name) if is_meta else name for name in names]
    return next((name for name in reversed(known) if name in _POLICIES), "")
