"""Which pictures a web page shows: one address for each, the largest that the page names."""
