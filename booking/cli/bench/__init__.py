"""`flask bench`: how fast the product is, beside a bare page measured in the same minute.

It makes a clinic, a folder and a database of its own, and removes them. The targets are those of
docs/performance.md.
"""
