"""Components of the page The source study."""
