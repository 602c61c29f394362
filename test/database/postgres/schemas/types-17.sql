-- NOT NULL constraints of domains with names.
CREATE SCHEMA kit;
CREATE DOMAIN kit.named AS integer CONSTRAINT "Odd ""not null" NOT NULL CONSTRAINT other CHECK (VALUE > 0);
CREATE DOMAIN kit.unnamed AS kit.named NOT NULL DEFAULT 3;
COMMENT ON CONSTRAINT "Odd ""not null" ON DOMAIN kit.named IS 'never';
