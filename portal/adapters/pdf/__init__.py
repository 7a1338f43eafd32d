"""Documents as PDF/A-3, drawn by WeasyPrint."""
