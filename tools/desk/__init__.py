"""What people have to decide, may do and did: approvals, freezes, roles and the audit chain, as tools see them."""
