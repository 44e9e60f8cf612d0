"""Language models, one plug-in a name: local weights, and servers that answer."""
