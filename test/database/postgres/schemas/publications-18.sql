-- Generated columns of publications
CREATE TABLE public.computed (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);
CREATE PUBLICATION with_generated FOR TABLE public.computed WITH (publish_generated_columns = stored);
CREATE PUBLICATION without_generated FOR ALL TABLES WITH (publish_generated_columns = none);
CREATE PUBLICATION of_generated FOR TABLE public.computed (id, twice);
