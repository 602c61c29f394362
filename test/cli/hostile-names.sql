-- Names, comments and rows that would run a command or break out of their place if psql, a shell or our own SQL
-- took a part of them for something else.
create schema "ev'il
\! touch pwned1
$$ -- */ ;";
create table "ev'il
\! touch pwned1
$$ -- */ ;"."t""
\! touch pwned2
\.
;$x$" ("c""
\! touch pwned3" int, "🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘🐘" text);
insert into "ev'il
\! touch pwned1
$$ -- */ ;"."t""
\! touch pwned2
\.
;$x$" values (1, E'\\.'), (2, E'\\.\n\\! touch pwned4\n'), (3, '`touch pwned5` :x :''y'' :"z"');
comment on table "ev'il
\! touch pwned1
$$ -- */ ;"."t""
\! touch pwned2
\.
;$x$" is E'x\n\\! touch pwned6\n\\.\n:foo :''bar'' `touch pwned7`';
create function f() returns text language sql as $body$ select E'\n\\! touch pwned8\n' || ':v' $body$;
create table ":a" (":'b'" int default 1, ":""c""" int check (":""c""" > 0));
create table "../../../pwned9" (x int); insert into "../../../pwned9" values (1);
create table "a.b" (x int); insert into "a.b" values (2); create schema a; create table a.b (x int); insert into a.b values (3);
create view "v:x" as select ':y'::text as "z:'w'", 'b\'::text as bs;
