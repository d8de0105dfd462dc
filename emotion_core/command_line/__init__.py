"""The command line: every stage of a study without the browser."""
