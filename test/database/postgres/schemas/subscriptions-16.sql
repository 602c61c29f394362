-- What 16 added to subscriptions
CREATE SUBSCRIPTION without_password CONNECTION 'dbname=x' PUBLICATION one
  WITH (connect = false, slot_name = NONE, password_required = false);
CREATE SUBSCRIPTION as_owner CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, run_as_owner = true);
CREATE SUBSCRIPTION of_origin CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, origin = none);
CREATE SUBSCRIPTION in_parallel CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, streaming = parallel);
