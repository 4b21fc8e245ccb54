"""What the simulated tenants hold: users, groups, service principals, policies, mail."""
