"""From web pages to photos in the catalog, as a job that goes on where it stopped."""
