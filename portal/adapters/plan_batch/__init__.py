"""Plans for many loans at once, in arrays: the figures of ``domain/plan_quotes.py``, exact to the minor unit and to the second place of a
percentage (decision 0265).
"""
