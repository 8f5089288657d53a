"""What people see of a flow and of its data: pictures, tables, pages; no command line here."""
