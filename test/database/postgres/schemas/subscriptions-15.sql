-- What 15 added to subscriptions
CREATE SUBSCRIPTION in_two_phases CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = 'two_phases', two_phase = true);
CREATE SUBSCRIPTION stops CONNECTION 'dbname=x' PUBLICATION one WITH (connect = false, slot_name = NONE, disable_on_error = true);
