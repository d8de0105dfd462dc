"""The sample gallery: drawn faces, served on loopback as a web site to collect from."""
