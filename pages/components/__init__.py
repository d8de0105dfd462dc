"""Parts of pages: what one page alone draws lies in that page's room, what several draw in ``common``."""
