"""Pretrained models: one modality a file. The file's name is the modality's name."""
