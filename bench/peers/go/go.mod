module handfast-bench-go

// ConnectionState tells the group since 1.25, and with this version come its defaults (GODEBUG).
go 1.25
