/* An engine under test: the world's records as tables, and what a SELECT yields on them. */
#ifndef PROPERTY_EXPR_ENGINE_H
#define PROPERTY_EXPR_ENGINE_H

#include "expr/world.h"
#include "store/expr_sql.h"

/* What one expression yields on one record. */
struct outcome {
    int64_t id;
    struct value value;
    bool truth;
};

struct engine {
    const char *name;
    enum sql_dialect dialect;
    void *native;
    /* Runs statements without results; ends the program on failure. */
    void (*script)(struct engine *e, const char *text);
    /* Runs "SELECT id, value, truth"; texts go to the arena. CRM_RANGE when the engine says so; any
     * other failure ends the program with the statement. */
    crm_status (*select)(struct engine *e, const struct sql *s, struct arena *a,
                         enum value_type type, struct outcome *ret, size_t *ret_count);
    void (*set_company)(struct engine *e, const struct store_company *company);
    void (*close)(struct engine *e);
};

bool engine_sqlite_open(struct engine *ret);
/* False, with the reason on standard error, where PostgreSQL is not installed. */
bool engine_postgres_open(struct engine *ret);
/* Whether crm_fold equals fold_text, character by character and on a few words. */
bool engine_postgres_folds(struct engine *e);

/* tables.c: the world as tables (again, for every world), and paths over them. */
void engine_load(struct engine *e, const struct world *w);
struct expr_sql_context engine_context(const struct world *w);

/* A result cell as the value that an expression of `type` yields; money: base amount only. */
struct value engine_value(enum value_type type, bool nil, int64_t number, struct str text);
void engine_fail(const struct engine *e, const char *statement, const char *message)
    __attribute__((noreturn));

#endif
