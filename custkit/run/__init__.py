"""The notebooks in order, per region: planning, kernels, resume, manifest, progress."""
