-- What 14 added to subscriptions
CREATE SUBSCRIPTION in_binary CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, binary = true);
CREATE SUBSCRIPTION streams CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, streaming = on);
CREATE SUBSCRIPTION waits CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, streaming = off);
