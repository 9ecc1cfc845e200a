/* SQL text: what comes from outside is never in it, names are quoted, limits end in a status. */
#include "store/sql.h"

#include <stdio.h>
#include <stdlib.h>

#include "support/store.h"

struct build {
    struct arena arena;
    struct sql sql;
    struct err err;
};

static void begin(struct build *b, enum sql_dialect dialect) {
    arena_init(&b->arena, 64 << 20);
    sql_init(&b->sql, dialect, &b->arena);
}

static void end(struct build *b) {
    sql_fini(&b->sql);
    arena_fini(&b->arena);
}

static void parameters_are_numbered_and_typed(void **state) {
    (void)state;
    struct build b;
    begin(&b, SQL_POSTGRES);
    sql_add(&b.sql, "SELECT ");
    sql_param(&b.sql, store_int(INT64_MIN));
    sql_add(&b.sql, ", ");
    sql_param(&b.sql, store_text(STR("'; DROP TABLE x; --")));
    sql_add(&b.sql, ", ");
    sql_param(&b.sql, STORE_NIL);
    sql_add(&b.sql, ", ");
    sql_param(&b.sql, store_blob(STR("\x01")));
    sql_param_bare(&b.sql, STORE_NIL);
    assert_string_equal(b.sql.text.ptr, "SELECT $1::bigint, $2::text, NULL, $3::bytea$4");
    assert_int_equal(b.sql.param_count, 4);
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_OK);
    end(&b);
    begin(&b, SQL_SQLITE);
    sql_param(&b.sql, store_int(1));
    sql_param(&b.sql, STORE_NIL);
    sql_param_bare(&b.sql, store_text(STR("x")));
    assert_string_equal(b.sql.text.ptr, "?1NULL?2");
    end(&b);
}

static void names_are_quoted(void **state) {
    (void)state;
    struct build b;
    begin(&b, SQL_POSTGRES);
    sql_table(&b.sql, STR("t1_a"));
    sql_name(&b.sql, STR("a\"b"));
    sql_name2(&b.sql, STR("f32"), "_k");
    assert_string_equal(b.sql.text.ptr, "perigee.\"t1_a\"\"a\"\"b\"\"f32_k\"");
    end(&b);
    begin(&b, SQL_SQLITE);
    sql_table(&b.sql, STR("t1_a"));
    assert_string_equal(b.sql.text.ptr, "\"t1_a\"");
    end(&b);
}

static void ids_come_in_few_shapes(void **state) {
    (void)state;
    struct build b;
    int64_t ids[SQL_IDS_MAX + 1];
    for (int i = 0; i <= SQL_IDS_MAX; i++)
        ids[i] = i + 1;
    begin(&b, SQL_SQLITE);
    sql_ids(&b.sql, ids, 3);
    assert_string_equal(b.sql.text.ptr, " IN (?1,?2,?3,?4)");
    assert_int_equal(b.sql.params[3].integer, 3);
    sql_ids(&b.sql, ids, SQL_IDS_MAX);
    assert_int_equal(b.sql.param_count, 4 + SQL_IDS_MAX);
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_OK);
    sql_ids(&b.sql, ids, SQL_IDS_MAX + 1);
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_TOO_LARGE);
    end(&b);
    begin(&b, SQL_POSTGRES);
    sql_ids(&b.sql, ids, 2);
    assert_string_equal(b.sql.text.ptr, " = ANY($1::text::bigint[])");
    assert_true(str_is(b.sql.params[0].bytes, "{1,2}"));
    end(&b);
}

static void limits_end_in_a_status(void **state) {
    (void)state;
    struct build b;
    begin(&b, SQL_SQLITE);
    for (int i = 0; i <= SQL_TEXT_MAX_BYTES / 8; i++)
        sql_add(&b.sql, "12345678");
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_TOO_LARGE);
    end(&b);
    begin(&b, SQL_SQLITE);
    for (int i = 0; i <= SQL_PARAMS_MAX; i++)
        sql_param(&b.sql, store_int(i));
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_TOO_LARGE);
    end(&b);
    begin(&b, SQL_SQLITE);
    sql_printf(&b.sql, "%300d", 1);
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_TOO_LARGE);
    end(&b);
    arena_init(&b.arena, 64);
    sql_init(&b.sql, SQL_SQLITE, &b.arena);
    for (int i = 0; i < 100; i++)
        sql_param(&b.sql, store_int(i));
    assert_int_equal(sql_status(&b.sql, &b.err), CRM_NO_MEMORY);
    end(&b);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_are_numbered_and_typed),
        cmocka_unit_test(names_are_quoted),
        cmocka_unit_test(ids_come_in_few_shapes),
        cmocka_unit_test(limits_end_in_a_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
