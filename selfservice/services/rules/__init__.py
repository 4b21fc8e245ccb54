"""The approver rules of a tenant: read, changed, guarded, explained and replayed."""
