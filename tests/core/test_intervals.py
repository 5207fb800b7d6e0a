"""Spans behave exactly as the sets of minutes they stand for."""

from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from booking.core import intervals
from booking.core.intervals import Span

EDGE = st.integers(min_value=-40, max_value=40)
RAW = st.lists(st.tuples(EDGE, EDGE), max_size=9)
NORMAL = RAW.map(intervals.normalise)


def minutes(spans: list[Span]) -> set[int]:
    return {minute for start, end in spans for minute in range(start, end)}


def is_normal(spans: list[Span]) -> bool:
    return all(start < end for start, end in spans) and all(
        earlier[1] < later[0] for earlier, later in pairwise(spans)
    )


@given(RAW)
@example([(3, 5), (5, 7)])
@example([(1, 9), (2, 3), (4, 4)])
@example([(7, 2)])
def test_normalising_keeps_the_minutes_and_merges_what_touches(spans):
    result = intervals.normalise(spans)
    assert minutes(result) == minutes(spans)
    assert is_normal(result)


@given(NORMAL, NORMAL)
def test_union_is_the_union_of_the_minutes(a, b):
    result = intervals.union(a, b)
    assert minutes(result) == minutes(a) | minutes(b)
    assert is_normal(result)


@given(NORMAL, NORMAL)
@example([(0, 5)], [(5, 9)])
def test_intersection_is_the_intersection_of_the_minutes(a, b):
    result = intervals.intersect(a, b)
    assert minutes(result) == minutes(a) & minutes(b)
    assert is_normal(result)


@given(NORMAL, NORMAL)
@example([(0, 3), (4, 8), (9, 12)], [(1, 10)])
@example([(0, 10)], [(0, 10)])
def test_subtraction_leaves_the_minutes_of_the_first_only(a, b):
    result = intervals.subtract(a, b)
    assert minutes(result) == minutes(a) - minutes(b)
    assert is_normal(result)


@given(NORMAL, st.tuples(EDGE, EDGE))
def test_containing_means_every_minute(spans, inner):
    assert intervals.contains(spans, inner) == (minutes([inner]) <= minutes(spans))


@given(NORMAL, st.tuples(EDGE, EDGE))
def test_clipping_is_intersection_with_one_span(spans, bounds):
    result = intervals.clip(spans, bounds)
    assert minutes(result) == minutes(spans) & minutes([bounds])
    assert is_normal(result)


@given(NORMAL, NORMAL)
def test_no_function_changes_its_arguments(a, b):
    before = (list(a), list(b))
    intervals.union(a, b)
    intervals.intersect(a, b)
    intervals.subtract(a, b)
    intervals.clip(a, (0, 10))
    assert (a, b) == before
