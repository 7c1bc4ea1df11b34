"""From a path to blocks: files, folders, compression, layouts and envelopes."""
