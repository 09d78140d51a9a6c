"""How what a project holds leaves it: tables, its database, coded text for other tools, and files in general."""
