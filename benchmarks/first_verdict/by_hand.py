"""The three lines by hand: `python by_hand.py TRAIN.csv VALIDATION.csv` prints the accuracy."""

import csv
import sys
from pathlib import Path

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

files = [Path(path).read_text(encoding="utf-8").splitlines() for path in sys.argv[1:]]
train, validation = (list(csv.reader(lines))[1:] for lines in files)
model = make_pipeline(TfidfVectorizer(), LogisticRegression())
model.fit([row[0] for row in train], [row[1] for row in train])
print(model.score([row[0] for row in validation], [row[1] for row in validation]))
