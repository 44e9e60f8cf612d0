"""HTTP over a release: a classifier on ONNX Runtime or numpy, no training stack in the process."""
