"""What inputs are, one folder a modality: the only code that knows."""
