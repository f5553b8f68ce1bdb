delete from staging
