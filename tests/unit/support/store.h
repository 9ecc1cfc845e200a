/* A store for tests, on either engine, with a small made-up company: users, teams, stages,
 * customers, deals and their lines. The same suite runs on both engines and must see the same rows.
 *
 * PostgreSQL is joined once per program, at the first use. Threads: one. */
#ifndef SUPPORT_STORE_H
#define SUPPORT_STORE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/definition.h"
#include "store/migrate.h"
#include "store/query.h"

struct test_store {
    enum store_engine engine;
    char dir[64];
    char database[16], uri[192];
    struct store *store;
    struct store_conn *writer, *reader;
    struct arena arena;
    struct schema_definitions *definitions;
    struct schema_registry registry;
    struct schema_plan plan;
    struct schema *schema; /* the plan's */
    struct zone *zone;
    struct err err;
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Fails the test with the error's words unless the status is CRM_OK. */
#define assert_ok(t, call) test_store_assert_ok((t), (call), #call, __FILE__, __LINE__)
void test_store_assert_ok(struct test_store *t, crm_status status, const char *what,
                          const char *file, int line);

/* Empty database, no tables. */
void test_store_open(struct test_store *t, enum store_engine engine);
/* The same with sys tables and the company's schema. */
void test_store_open_company(struct test_store *t, enum store_engine engine);
/* Opens the same database again (after test_store_disconnect). */
void test_store_connect(struct test_store *t, bool create);
void test_store_disconnect(struct test_store *t);
void test_store_close(struct test_store *t);
/* Definitions only, and the plan against t->registry. */
void test_store_define(struct test_store *t);
void test_store_plan(struct test_store *t);
/* The PostgreSQL of all tests, as this program sees it; in a program that stops its server, first
 * of all an own one. */
struct test_postgres *test_store_server(void);
void test_store_own_server(void);

const struct schema_entity *test_entity(struct test_store *t, const char *name);
int32_t test_slot(const struct schema_entity *e, const char *field);
/* A row of nils with id, version 1 and times; the caller fills it in. In the arena. */
struct value *test_row(struct test_store *t, const struct schema_entity *e, int64_t id);
void test_set(const struct schema_entity *e, struct value *row, const char *field, struct value v);
void test_insert(struct test_store *t, const struct schema_entity *e, const struct value *row);
/* Access of a user with a role; tree of the given teams. */
void test_access(struct test_store *t, struct access *ret, int64_t user, int64_t team,
                 const char *role);
const struct expr *test_expr(struct test_store *t, const struct access *access,
                             const struct schema_entity *e, const char *text, enum expr_mode mode);
struct value test_money(int64_t minor, const char *currency, int64_t base);

/* Registers `fn` for both engines: cmocka_unit_test entries "name on sqlite" and "name on
 * postgres". */
#define ON_SQLITE(fn)                                                                              \
    { #fn " on sqlite", fn, NULL, NULL, (void *)(uintptr_t)STORE_SQLITE }
#define ON_POSTGRES(fn)                                                                            \
    { #fn " on postgres", fn, NULL, NULL, (void *)(uintptr_t)STORE_POSTGRES }
#define ON_BOTH(fn) ON_SQLITE(fn), ON_POSTGRES(fn)
static inline enum store_engine test_engine(void **state) {
    return (enum store_engine)(uintptr_t)*state;
}

#endif
