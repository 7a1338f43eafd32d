"""Figures put into words: sections of tables, each with its picture, for pages, printed reports and downloads alike."""
