"""What is the same in every application of a run is compiled once: addresses and templates.

Each test makes an application of its own. Most of that time went into compiling the same few
hundred addresses, and on the first page the same templates, to the same code again and again.
Only compiled code is shared, found by the text it was compiled from; nothing an application
knows or keeps is.
"""

from collections.abc import Callable
from types import CodeType
from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

Build = Callable[..., tuple[str, str]]


class Templates(BytecodeCache):
    """Compiled templates, in memory, each with the checksum of the text it came from."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, CodeType | None]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = (bucket.checksum, bucket.code)


def share() -> None:
    """Let all applications made from here on share what is compiled."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": Templates()}
    _share_addresses()


def _share_addresses() -> None:
    # The function that builds an address is told its rule when it is called and takes the
    # converters from there, so rules of one text can use the same.
    compile_builder = Rule._compile_builder
    kept: dict[Any, Build] = {}

    def once(rule: Rule, append_unknown: bool = True) -> Build:
        if rule.defaults or rule.host or rule.subdomain:
            return compile_builder(rule, append_unknown)
        key = (rule.rule, rule.merge_slashes, append_unknown)
        if key not in kept:
            kept[key] = compile_builder(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = once  # type: ignore[method-assign]
