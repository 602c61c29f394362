-- A child that has every column of its own, in another order than its parent: it was made alone and adopted.
CREATE TABLE parent (a integer NOT NULL, b integer GENERATED ALWAYS AS (a * 2) STORED, c text DEFAULT 'parent');
CREATE TABLE adopted (c text, b integer GENERATED ALWAYS AS (a * 2) STORED, a integer NOT NULL, own date);
ALTER TABLE adopted INHERIT parent;
CREATE TABLE grandchild (more text) INHERITS (adopted);
CREATE TABLE second_parent (c text, own date);
ALTER TABLE adopted INHERIT second_parent;

-- One that also has a constraint of its parent's.
CREATE TABLE checked (a integer CONSTRAINT positive CHECK (a > 0), b text);
CREATE TABLE checked_child (b text, a integer, CONSTRAINT positive CHECK (a > 0));
ALTER TABLE checked_child INHERIT checked;

INSERT INTO parent (a) VALUES (1);
INSERT INTO adopted (a, c, own) VALUES (2, 'two', '2026-01-02');
INSERT INTO grandchild (a, more) VALUES (3, 'three');
INSERT INTO checked_child VALUES ('four', 4);
