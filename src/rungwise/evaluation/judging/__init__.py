"""A language model that scores answers by a rubric, and whether it may be believed.

scale.py      what a verdict can be, and reading one
question.py   an answer, or two, as a question to the judge
judge.py      asking it, in both orders
trust.py      its agreement with people, against what is asked
"""
