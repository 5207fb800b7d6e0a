"""Where a person may be sent after signing in: only to a page of this site."""

from urllib.parse import urlsplit

LONGEST = 2000


def local_path(wanted: str | None, *, otherwise: str) -> str:
    r"""Return `wanted` if every browser reads it as a path of this site, else `otherwise`.

    Browsers drop tabs and line breaks, read `\` as `/`, and take `//host` as another site
    (WHATWG URL, 4.4), so exactly one leading `/` and none of those characters may occur.
    """
    return wanted if wanted is not None and _is_local(wanted) else otherwise


def _is_local(wanted: str) -> bool:
    if not wanted.startswith("/") or wanted.startswith("//") or len(wanted) > LONGEST:
        return False
    if "\\" in wanted or any(not "!" <= letter <= "~" for letter in wanted):
        return False
    # A dot segment can leave an empty one in front: browsers shorten /.//host to //host.
    path = urlsplit(wanted).path.lower().replace("%2e", ".")
    return "//" not in path and not any(part in {".", ".."} for part in path.split("/"))
