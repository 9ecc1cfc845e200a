/* SQLite in memory, with the store's functions registered. */
#include <stdlib.h>
#include <sqlite3.h>

#include "expr/engine.h"
#include "store/sqlite/functions.h"

struct native {
    sqlite3 *db;
    struct store_company company;
};

static void script(struct engine *e, const char *text) {
    struct native *n = e->native;
    if (sqlite3_exec(n->db, text, NULL, NULL, NULL) != SQLITE_OK)
        engine_fail(e, text, sqlite3_errmsg(n->db));
}

static void bind(sqlite3_stmt *statement, int index, const struct store_value *v) {
    if (v->type == STORE_INT)
        sqlite3_bind_int64(statement, index, v->integer);
    else
        sqlite3_bind_text(statement, index, v->bytes.len ? v->bytes.ptr : "", (int)v->bytes.len,
                          SQLITE_STATIC);
}

static void read_row(sqlite3_stmt *statement, struct arena *a, enum value_type type,
                     struct outcome *ret) {
    ret->id = sqlite3_column_int64(statement, 0);
    ret->truth = sqlite3_column_int64(statement, 2) != 0;
    const char *text = (const char *)sqlite3_column_text(statement, 1);
    struct str copy =
        text ? arena_str(a, str_make(text, (size_t)sqlite3_column_bytes(statement, 1))) : STR_NONE;
    ret->value = engine_value(type, text == NULL, sqlite3_column_int64(statement, 1), copy);
}

static crm_status select_rows(struct engine *e, const struct sql *s, struct arena *a,
                              enum value_type type, struct outcome *ret, size_t *ret_count) {
    struct native *n = e->native;
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(n->db, s->text.ptr, -1, &statement, NULL) != SQLITE_OK)
        engine_fail(e, s->text.ptr, sqlite3_errmsg(n->db));
    for (size_t i = 0; i < s->param_count; i++)
        bind(statement, (int)i + 1, &s->params[i]);
    int code;
    *ret_count = 0;
    while ((code = sqlite3_step(statement)) == SQLITE_ROW)
        read_row(statement, a, type, &ret[(*ret_count)++]);
    const char *message = sqlite3_errmsg(n->db);
    bool range =
        code != SQLITE_DONE && (strstr(message, "overflow") || strstr(message, "out of range"));
    if (code != SQLITE_DONE && !range) engine_fail(e, s->text.ptr, message);
    sqlite3_finalize(statement);
    return range ? CRM_RANGE : CRM_OK;
}

static void set_company(struct engine *e, const struct store_company *company) {
    struct native *n = e->native;
    n->company = *company;
}

static void close_engine(struct engine *e) {
    struct native *n = e->native;
    sqlite3_close(n->db);
    free(n);
}

bool engine_sqlite_open(struct engine *ret) {
    struct native *n = calloc(1, sizeof *n);
    *ret = (struct engine){.name = "sqlite",
                           .dialect = SQL_SQLITE,
                           .native = n,
                           .script = script,
                           .select = select_rows,
                           .set_company = set_company,
                           .close = close_engine};
    return n && sqlite3_open(":memory:", &n->db) == SQLITE_OK &&
           sqlite_functions_register(n->db, &n->company, NULL) == CRM_OK;
}
