"""Who may do what: permissions, roles, and the one gate every request passes."""
