"""Storage: connections, units of work, tables, migrations. The only home of SQL drivers."""
