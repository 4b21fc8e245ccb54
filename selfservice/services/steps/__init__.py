"""The delivery steps: what each does in the directory. No database in here."""
