"""Pages for people: the report, the checklist, the labelling guideline, the model card."""
