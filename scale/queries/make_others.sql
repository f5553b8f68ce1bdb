create temporary table others as select * from market.{relation} with no data
