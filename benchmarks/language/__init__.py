"""Language models on public data: what each rung gives, and what it costs."""
