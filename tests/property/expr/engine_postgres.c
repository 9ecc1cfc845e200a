/* A private PostgreSQL with the store's functions in its schema. */
#include <libpq-fe.h>
#include <stdlib.h>

#include "base/unicode.h"
#include "expr/engine.h"
#include "store/postgres/functions.h"
#include "support/postgres.h"

enum { PARAMS_MAX = 4096, NUMBER_BYTES = 24, FUNCTIONS_MAX_BYTES = 4 << 20 };

struct native {
    struct test_postgres server;
    PGconn *db;
};

static void script(struct engine *e, const char *text) {
    struct native *n = e->native;
    PGresult *result = PQexec(n->db, text);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) engine_fail(e, text, PQerrorMessage(n->db));
    PQclear(result);
}

static int64_t cell_number(const PGresult *result, int row, int column) {
    int64_t number = 0;
    str_to_int64(str_from(PQgetvalue(result, row, column)), &number);
    return number;
}

static void read_row(const PGresult *result, int row, struct arena *a, enum value_type type,
                     struct outcome *ret) {
    ret->id = cell_number(result, row, 0);
    ret->truth = cell_number(result, row, 2) != 0;
    struct str text = arena_str(a, str_from(PQgetvalue(result, row, 1)));
    ret->value = engine_value(type, PQgetisnull(result, row, 1),
                              type == VALUE_TEXT ? 0 : cell_number(result, row, 1), text);
}

static crm_status select_rows(struct engine *e, const struct sql *s, struct arena *a,
                              enum value_type type, struct outcome *ret, size_t *ret_count) {
    struct native *n = e->native;
    const char *values[PARAMS_MAX];
    assert_true(s->param_count <= PARAMS_MAX);
    for (size_t i = 0; i < s->param_count; i++)
        values[i] = s->params[i].type == STORE_INT
                        ? arena_printf(a, "%lld", (long long)s->params[i].integer).ptr
                        : arena_cstr(a, s->params[i].bytes);
    PGresult *result =
        PQexecParams(n->db, s->text.ptr, (int)s->param_count, NULL, values, NULL, NULL, 0);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    bool range = state && strcmp(state, "22003") == 0;
    if (PQresultStatus(result) != PGRES_TUPLES_OK && !range)
        engine_fail(e, s->text.ptr, PQerrorMessage(n->db));
    *ret_count = range ? 0 : (size_t)PQntuples(result);
    for (size_t i = 0; i < *ret_count; i++)
        read_row(result, (int)i, a, type, &ret[i]);
    PQclear(result);
    return range ? CRM_RANGE : CRM_OK;
}

static void set_company(struct engine *e, const struct store_company *company) {
    (void)e, (void)company;
}

static void close_engine(struct engine *e) {
    struct native *n = e->native;
    PQfinish(n->db);
    test_postgres_stop(&n->server);
    free(n);
}

bool engine_postgres_open(struct engine *ret) {
    struct native *n = calloc(1, sizeof *n);
    if (!n || !test_postgres_start(&n->server)) {
        free(n);
        return false;
    }
    *ret = (struct engine){.name = "postgres",
                           .dialect = SQL_POSTGRES,
                           .native = n,
                           .script = script,
                           .select = select_rows,
                           .set_company = set_company,
                           .close = close_engine};
    n->db = PQconnectdb(n->server.uri);
    if (PQstatus(n->db) != CONNECTION_OK) engine_fail(ret, n->server.uri, PQerrorMessage(n->db));
    script(ret, "SET client_min_messages = warning; CREATE SCHEMA perigee; SET search_path = "
                "perigee, pg_catalog");
    BUF_CLEANUP struct buf functions;
    buf_init(&functions, FUNCTIONS_MAX_BYTES);
    assert_int_equal(postgres_functions_sql(&functions, NULL), CRM_OK);
    script(ret, functions.ptr);
    return true;
}

static bool folds_alike(const PGresult *result, int row) {
    struct str text = str_from(PQgetvalue(result, row, 0)),
               found = str_from(PQgetvalue(result, row, 1));
    BUF_CLEANUP struct buf folded;
    buf_init(&folded, 1024);
    fold_text(text, &folded);
    if (str_eq(buf_str(&folded), found)) return true;
    (void)fprintf(stderr, "crm_fold(%.*s): %.*s, kernel %.*s\n", STR_ARG(text), STR_ARG(found),
                  STR_ARG(buf_str(&folded)));
    return false;
}

bool engine_postgres_folds(struct engine *e) {
    /* Every character of the scripts in use here, a sample of the others, and words of them. */
    static const char question[] =
        "SELECT t, perigee.crm_fold(t) FROM ("
        " SELECT chr(i) AS t FROM generate_series(1, 12288) i"
        " UNION ALL SELECT chr(i * 37) FROM generate_series(333, 1494) i"
        " UNION ALL SELECT 'A' || chr(i) || chr(i + 1) || 'Ж' || chr(i + 300) FROM "
        "generate_series(192, 1200, 7) i"
        " UNION ALL SELECT chr(1080) || chr(774) || 'x' || chr(1048) || chr(774) || 'E' || chr(769)"
        " UNION ALL SELECT 'Straße ﬁn ½ ＡＢＣ ㎏ Ångström Ёлка Щи' ) texts";
    struct native *n = e->native;
    PGresult *result = PQexec(n->db, question);
    if (PQresultStatus(result) != PGRES_TUPLES_OK) engine_fail(e, question, PQerrorMessage(n->db));
    int different = PQntuples(result) > 13000 ? 0 : 1;
    for (int i = 0; i < PQntuples(result) && different < 20; i++)
        different += !folds_alike(result, i);
    PQclear(result);
    return different == 0;
}
