-- Children whose generated columns come before those that they are generated from, and that got more of their parents later.
CREATE TABLE par (a int, b int);
CREATE TABLE chi (b int, a int, g int GENERATED ALWAYS AS (a * 2) STORED);
ALTER TABLE chi INHERIT par;
ALTER TABLE par ADD COLUMN z int;
CREATE TABLE par2 (a int, g int);
CREATE TABLE chi2 (g int, a int);
ALTER TABLE chi2 INHERIT par2;
CREATE TABLE pp (x int, y int GENERATED ALWAYS AS (x+1) STORED);
CREATE TABLE cc (y int GENERATED ALWAYS AS (x+1) STORED, x int);
ALTER TABLE cc INHERIT pp;
ALTER TABLE pp ADD COLUMN w int;
CREATE TABLE k1 (x int);
CREATE TABLE k2 (y int GENERATED ALWAYS AS (x+1) STORED, x int, u int);
ALTER TABLE k2 INHERIT k1;
ALTER TABLE k1 ADD COLUMN m int;
ALTER TABLE k2 ADD COLUMN n int;
ALTER TABLE k1 ADD COLUMN n int;

-- A child that was adopted, and may be null since then where its parent may not: until 17 the server takes that.
CREATE TABLE np (a int NOT NULL, b int);
CREATE TABLE nc (b int, a int NOT NULL);
ALTER TABLE nc INHERIT np;
DO $do$
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN
    ALTER TABLE nc ALTER a DROP NOT NULL;
    INSERT INTO nc VALUES (1, NULL);
  END IF;
END
$do$;
