/*
 * A provider of security labels for PostgreSQL 15, "holdfast_test", which takes any label. It declares the little that it
 * needs of the server itself, so that it can be built where the server's headers are not.
 */
struct magic {
  int size, version, function_arguments, index_keys, name_length, float8_by_value;
  char abi[32];
};

struct address {
  unsigned int class_id, object_id;
  int column;
};

extern void register_label_provider(const char *name, void (*check)(const struct address *, const char *));

const struct magic *Pg_magic_func(void) {
  static const struct magic ours = {sizeof(struct magic), 1500, 100, 32, 64, 1, "PostgreSQL"};
  return &ours;
}

static void take_any(const struct address *object, const char *label) {
  (void)object;
  (void)label;
}

void _PG_init(void) {
  register_label_provider("holdfast_test", take_any);
}
