/* The stock definitions of the base and sales modules make one schema with the kernel's: names and
 * types that outside checks rely on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/plan.h"
#include "script/definitions.h"

static void load(struct schema_definitions *d, struct arena *a, const char *module,
                 struct err *err) {
    struct script_source *sources;
    size_t count;
    struct str folder = arena_printf(a, PERIGEE_SOURCE_DIR "/modules/%s/entities", module);
    struct str shown = arena_printf(a, "%s/entities", module);
    assert_int_equal(script_sources_read(a, folder, shown, &sources, &count, err), CRM_OK);
    assert_true(count > 0);
    assert_int_equal(
        script_definitions_load(d, SCHEMA_LAYER_MODULE, str_from(module), sources, count, err),
        CRM_OK);
}

static void expect(const struct schema *s, const char *entity, const char *name, const char *type) {
    const struct schema_entity *e = schema_find(s, str_from(entity));
    assert_non_null(e);
    const struct schema_field *f = schema_field_find(e, str_from(name));
    if (!f) print_error("%s.%s is missing\n", entity, name);
    assert_non_null(f);
    assert_string_equal(schema_field_type_word(f->type), type);
}

static void test_stock_definitions(void **state) {
    (void)state;
    struct arena a;
    struct err err;
    struct schema_definitions *d;
    struct schema_plan plan = {0};
    const struct schema_registry empty = {0};
    arena_init(&a, 64 * 1024 * 1024);
    assert_int_equal(schema_definitions_new(&d, &err), CRM_OK);
    assert_int_equal(script_definitions_load_kernel(d, &err), CRM_OK);
    load(d, &a, "base", &err);
    load(d, &a, "sales", &err);
    crm_status status = schema_plan_make(&a, d, &empty, 1, &plan, &err);
    if (status != CRM_OK) {
        struct buf text;
        buf_init(&text, 4096);
        err_format(&err, LANGUAGE_EN, &text);
        print_error("%s: %s (%s.%s, column %u)\n", err.where, text.ptr, err.entity, err.field,
                    err.column);
        buf_fini(&text);
    }
    assert_int_equal(status, CRM_OK);
    const struct schema *s = plan.schema;
    expect(s, "organization", "annual_revenue", "money");
    expect(s, "contact", "name", "formula");
    expect(s, "contact", "organizations", "links");
    expect(s, "activity", "about", "ref_any");
    expect(s, "deal", "stage", "ref");
    expect(s, "deal", "stage_since", "time");
    expect(s, "deal", "closed_on", "date");
    expect(s, "deal", "lines", "children");
    expect(s, "lead", "utm_campaign", "text");
    assert_true(schema_field_find(schema_find(s, STR("contact")), STR("name"))->stored);
    assert_true(schema_field_find(schema_find(s, STR("contact")), STR("name"))->fold);
    assert_true(schema_find(s, STR("deal_line"))->is_child);
    static const char *const roles[] = {"admin", "head", "sales", "marketing", "support", "reader"};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++)
        assert_non_null(schema_role_find(s, str_from(roles[i])));
    size_t indexes = 0;
    for (size_t i = 0; i < s->entity_count; i++) {
        assert_true(s->entities[i].index_count <= 20);
        indexes += s->entities[i].index_count;
    }
    assert_true(indexes > 0);
    schema_plan_fini(&plan);
    schema_definitions_free(d);
    arena_fini(&a);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stock_definitions)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
