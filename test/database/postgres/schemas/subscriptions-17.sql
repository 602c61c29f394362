-- What 17 added to subscriptions
CREATE SUBSCRIPTION fails_over CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = 'over', failover = true);
