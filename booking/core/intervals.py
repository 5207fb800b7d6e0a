"""Set algebra over time, in whole epoch minutes, each operation one linear pass.

A *span* is a half-open pair `[start, end)` of integers. A list of spans is in *normal form* when
it is sorted and its spans are non-empty, disjoint and do not touch. `normalise` makes that form,
every function here returns it, and every function but `normalise` expects it.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from sys import maxsize

Span = tuple[int, int]


def normalise(spans: Iterable[Span]) -> list[Span]:
    """The same minutes in normal form; empty and reversed spans hold no minutes and vanish."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if end <= start:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def union(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """The minutes in either list."""
    return normalise([*a, *b])  # two sorted runs: the sort merges them in linear time


def intersect(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """The minutes in both lists."""
    common: list[Span] = []
    i = j = 0
    while i < len(a) and j < len(b):
        start, end = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if start < end:
            common.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return common


def subtract(a: Sequence[Span], b: Sequence[Span]) -> list[Span]:
    """The minutes of `a` that are not in `b`."""
    if not b:
        return list(a)
    left: list[Span] = []
    j = 0
    for start, end in a:
        at = start
        while j < len(b) and b[j][1] <= at:
            j += 1
        k = j
        while k < len(b) and b[k][0] < end:
            if at < b[k][0]:
                left.append((at, b[k][0]))
            at = b[k][1]
            k += 1
        if at < end:
            left.append((at, end))
        j = max(j, k - 1)  # the last one seen may reach into the next span of `a`
    return left


def contains(spans: Sequence[Span], inner: Span) -> bool:
    """Whether every minute of `inner` is in `spans`; a span without minutes always is."""
    if inner[1] <= inner[0]:
        return True
    at = bisect_right(spans, (inner[0], maxsize)) - 1
    return at >= 0 and inner[1] <= spans[at][1]


def clip(spans: Sequence[Span], bounds: Span) -> list[Span]:
    """The minutes of `spans` inside `bounds`, found by halving: cheap on a long list."""
    start, end = bounds
    if end <= start:
        return []
    kept: list[Span] = []
    reaching = bisect_right(spans, (start, maxsize)) - 1
    for at in range(max(reaching, 0), len(spans)):
        if spans[at][0] >= end:
            break
        if spans[at][1] > start:
            kept.append((max(spans[at][0], start), min(spans[at][1], end)))
    return kept
