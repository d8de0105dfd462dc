"""The process that trains: one run, or one after the other."""
