-- What the application keeps.
CREATE TABLE orders (
    id   bigint PRIMARY KEY,
    at   timestamptz DEFAULT now(),
    note text
);
ALTER TABLE orders OWNER TO app;
