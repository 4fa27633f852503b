"""Many photos: what lies in the inputs, which belong together, and taking all of them through the pipeline."""
