-- MERGE and SQL/JSON in code that the server keeps parsed.
CREATE SCHEMA code;
CREATE TABLE code.stock (item text PRIMARY KEY, amount integer);
CREATE TABLE code.delivery (item text, amount integer);
INSERT INTO code.stock VALUES ('a', 1);
CREATE FUNCTION code.deliver() RETURNS SETOF code.stock BEGIN ATOMIC
  MERGE INTO code.stock s USING code.delivery d ON s.item = d.item
    WHEN MATCHED AND d.amount < 0 THEN DELETE
    WHEN MATCHED THEN UPDATE SET amount = s.amount + d.amount
    WHEN NOT MATCHED BY SOURCE THEN DO NOTHING
    WHEN NOT MATCHED THEN INSERT VALUES (d.item, d.amount)
    RETURNING s.*;
END;
CREATE VIEW code.json AS
  SELECT t.* FROM code.stock s, JSON_TABLE(json_build_object('a', s.amount)::jsonb, '$' COLUMNS (a integer PATH '$.a' DEFAULT 0 ON EMPTY)) t;
CREATE MATERIALIZED VIEW code.fast AS SELECT * FROM code.stock;
ALTER MATERIALIZED VIEW code.fast ALTER COLUMN amount SET STATISTICS 0;
