"""Layouts of files: one module per vendor, with its LAYOUTS."""
