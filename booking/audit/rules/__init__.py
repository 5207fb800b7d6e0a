"""Every event type there is, a module for each part of the product.

Tags read `thing:what`. Who acted and when are given to `record`, so they stand in no event.
"""
