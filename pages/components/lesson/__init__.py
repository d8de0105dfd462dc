"""What the page Lesson draws."""
