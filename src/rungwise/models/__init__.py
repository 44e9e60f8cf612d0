"""Modalities, one plug-in a name: how a checkpoint's files become a network and its inputs."""
