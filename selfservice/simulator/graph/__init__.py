"""Microsoft Graph v1.0, as strict and as awkward as the documentation says it is."""
