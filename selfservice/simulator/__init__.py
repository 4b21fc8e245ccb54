"""A local Entra sign-in service and Microsoft Graph, with tenants, people, mailboxes and faults."""
