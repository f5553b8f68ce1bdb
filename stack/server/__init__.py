"""Server processes: child processes, containers, the ports they listen on, how they end."""
