/* Definitions in C for tests of the schema and of rights: a small company with customers, deals and
 * their lines. Lua definitions have tests of their own. */
#ifndef UNIT_SCHEMA_FIXTURE_H
#define UNIT_SCHEMA_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "schema/definition.h"
#include "schema/plan.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define AT(n)                                                                                      \
    .origin = {.layer = SCHEMA_LAYER_MODULE,                                                       \
               .owner = STR("sales"),                                                              \
               .file = STR("sales.lua"),                                                           \
               .line = (n)}
#define FIELD(n, word, kind) AT(n), .name = STR(word), .type = SCHEMA_FIELD_##kind

struct fixture {
    struct schema_definitions *definitions;
    struct arena arena;
    struct schema_registry registry;
    struct schema_wishes wishes;
    struct schema_plan plan;
    struct err err;
};

static inline void fixture_entity(struct fixture *f, struct schema_entity_definition it) {
    if (!it.origin.owner.len)
        it.origin = (struct schema_origin){.layer = SCHEMA_LAYER_KERNEL,
                                           .owner = STR("kernel"),
                                           .file = STR("kernel.lua"),
                                           .line = 1};
    assert_int_equal(schema_definitions_add_entity(f->definitions, &it, &f->err), CRM_OK);
}

/* What every schema leans on. */
static inline void fixture_kernel(struct fixture *f) {
    static const struct schema_field_definition user[] = {
        {FIELD(2, "login", TEXT), .unique = true, .required = true},
        {FIELD(3, "name", TEXT)},
        {FIELD(4, "manager", REF), .entity = STR("user")}};
    static const struct schema_field_definition named[] = {{FIELD(5, "name", TEXT)}};
    static const struct schema_field_definition team[] = {{FIELD(5, "name", TEXT)},
                                                          {FIELD(6, "region", TEXT)}};
    static const struct schema_field_definition stage[] = {
        {FIELD(6, "name", TEXT)},
        {FIELD(7, "kind", TEXT)},
        {FIELD(8, "probability", INTEGER)},
        {FIELD(9, "pipeline", REF), .entity = STR("pipeline")}};
    fixture_entity(f, (struct schema_entity_definition){.name = STR("user"),
                                                        .fields = user,
                                                        .field_count = COUNT_OF(user),
                                                        .resident = true,
                                                        .system = true});
    fixture_entity(f, (struct schema_entity_definition){.name = STR("team"),
                                                        .fields = team,
                                                        .field_count = COUNT_OF(team),
                                                        .resident = true,
                                                        .system = true});
    fixture_entity(f, (struct schema_entity_definition){
                          .name = STR("tag"), .fields = named, .field_count = 1, .system = true});
    fixture_entity(f,
                   (struct schema_entity_definition){
                       .name = STR("pipeline"), .fields = named, .field_count = 1, .system = true});
    fixture_entity(f, (struct schema_entity_definition){.name = STR("stage"),
                                                        .fields = stage,
                                                        .field_count = COUNT_OF(stage),
                                                        .system = true});
}

static inline void fixture_sales(struct fixture *f) {
    static const struct schema_directory_item items[] = {{.code = STR("gold"), .active = true},
                                                         {.code = STR("silver"), .active = true}};
    static const struct schema_field_definition organization[] = {
        {FIELD(10, "name", TEXT), .required = true, .search = true, .sort = true},
        {FIELD(11, "kind", CHOICE), .directory = STR("kind")},
        {FIELD(12, "emails", LABELLED), .labelled = SCHEMA_LABELLED_EMAIL, .search = true},
        {FIELD(13, "deals_won", ROLLUP), .entity = STR("deal"), .by = STR("organization"),
         .formula = STR("sum(amount, stage_code == 'won')")},
        {FIELD(14, "employees", INTEGER), .default_kind = SCHEMA_DEFAULT_LITERAL,
         .default_literal = {.type = VALUE_INT, .integer = 1}}};
    static const struct schema_field_definition role[] = {{FIELD(21, "role", TEXT)}};
    static const struct schema_field_definition deal[] = {
        {FIELD(20, "name", TEXT), .required = true, .search = true},
        {FIELD(21, "colleagues", LINKS), .entity = STR("user"), .attributes = role,
         .attribute_count = 1},
        {FIELD(22, "organization", REF), .entity = STR("organization")},
        {FIELD(23, "amount", MONEY), .rate_on = STR("closed_on")},
        {FIELD(24, "twice", FORMULA), .formula = STR("weighted * 2")},
        {FIELD(25, "weighted", FORMULA), .formula = STR("amount * stage.probability / 100")},
        {FIELD(26, "stage_code", TEXT)},
        {FIELD(27, "double", FORMULA), .formula = STR("amount * 2")},
        {FIELD(28, "lines", CHILDREN), .entity = STR("deal_line"), .by = STR("deal")}};
    static const struct schema_rule_definition rules[] = {
        {AT(30), .when = STR("amount ~= nil and amount < 0"), .refuse = STR("amount"),
         .message = {
             {STR("An amount cannot be negative."), STR("Сумма не может быть отрицательной.")}}}};
    static const struct schema_field_definition line[] = {
        {FIELD(40, "deal", REF), .entity = STR("deal")}, {FIELD(41, "price", MONEY)}};
    const struct schema_directory_definition kind = {AT(9), .name = STR("kind"), .items = items,
                                                     .item_count = 2};
    assert_int_equal(schema_definitions_add_directory(f->definitions, &kind, &f->err), CRM_OK);
    fixture_entity(f, (struct schema_entity_definition){AT(9), .name = STR("organization"),
                                                        .fields = organization,
                                                        .field_count = COUNT_OF(organization)});
    fixture_entity(f,
                   (struct schema_entity_definition){
                       AT(19), .name = STR("deal"), .fields = deal, .field_count = COUNT_OF(deal),
                       .rules = rules, .rule_count = 1, .pipeline = true,
                       .pipeline_closed = STR("closed_on"), .pipeline_since = STR("stage_since")});
    fixture_entity(f, (struct schema_entity_definition){AT(39), .name = STR("deal_line"),
                                                        .fields = line,
                                                        .field_count = COUNT_OF(line)});
}

static inline void fixture_init(struct fixture *f) {
    *f = (struct fixture){0};
    arena_init(&f->arena, 64 * 1024 * 1024);
    assert_int_equal(schema_definitions_new(&f->definitions, &f->err), CRM_OK);
    fixture_kernel(f);
}

static inline crm_status fixture_plan(struct fixture *f) {
    schema_plan_fini(&f->plan);
    return schema_plan_wish(&f->arena, f->definitions, &f->registry, 1, &f->wishes, &f->plan,
                            &f->err);
}

static inline void fixture_plan_ok(struct fixture *f) {
    crm_status status = fixture_plan(f);
    if (status != CRM_OK) {
        struct buf text;
        buf_init(&text, 4096);
        err_format(&f->err, LANGUAGE_EN, &text);
        print_error("%s: %s (%s.%s, column %u)\n", f->err.where, text.ptr, f->err.entity,
                    f->err.field, f->err.column);
        buf_fini(&text);
    }
    assert_int_equal(status, CRM_OK);
}

/* The plan fails with this code at this place. */
static inline void fixture_refused(struct fixture *f, const char *code, const char *where) {
    assert_int_not_equal(fixture_plan(f), CRM_OK);
    assert_string_equal(f->err.text.code, code);
    assert_string_equal(f->err.where, where);
}

static inline void fixture_fini(struct fixture *f) {
    schema_plan_fini(&f->plan);
    schema_definitions_free(f->definitions);
    arena_fini(&f->arena);
}

#endif
