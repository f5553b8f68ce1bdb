copy pg_temp.others from stdin (format csv)
