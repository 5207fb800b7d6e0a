"""docs/access.toml as data: who may do what, with which records, on which pages."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from booking.access.policy import Permission, Role

FILE = Path(__file__).parents[2] / "docs" / "access.toml"
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")


@dataclass(frozen=True, kw_only=True)
class Act:
    """One act: its permission, whose records each role reaches with it, and its pages."""

    permission: Permission
    scopes: dict[Role, str]
    pages: frozenset[str]


def _read() -> tuple[dict[str, frozenset[str]], dict[Permission, Act], dict[str, str]]:
    told = tomllib.loads(FILE.read_text())
    roles, opened = told.pop("roles"), told.pop("open")
    acts = {}
    for thing, by_act in told.items():
        for act, row in by_act.items():
            permission = Permission(f"{thing}:{act}")
            scopes = {Role(key): row[key] for key in row if key not in {"means", "pages"}}
            pages = frozenset(row["pages"])
            acts[permission] = Act(permission=permission, scopes=scopes, pages=pages)
    return {name: frozenset(row["pages"]) for name, row in opened.items()}, acts, roles


OPEN, ACTS, ROLES_NAMED = _read()
"""Pages open to strangers by group; acts by permission; roles with what they are."""

OPEN_PAGES = frozenset().union(*OPEN.values())


def scope_of(roles: set[Role], permission: Permission) -> str:
    """ "all", "own", or "" for not at all: what somebody with these roles may reach."""
    found = {ACTS[permission].scopes.get(role, "") for role in roles}
    return "all" if "all" in found else "own" if "own" in found else ""
