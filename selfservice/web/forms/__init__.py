"""The forms: they check shape; the rules are the business's."""
