"""From files to photos in the catalog: folders, archives, tables, uploads, as a job."""
