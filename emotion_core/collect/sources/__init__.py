"""What kinds of pages say: their pictures with licence and author, the page after them, and sites to begin with."""
